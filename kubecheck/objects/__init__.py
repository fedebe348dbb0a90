"""How objects are read: without trust, for anyone may have written them."""
