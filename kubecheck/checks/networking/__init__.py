"""The ways to pods, and who may take them."""
