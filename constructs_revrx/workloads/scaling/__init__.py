"""How many pods there are."""
