"""What an object needs of others."""
