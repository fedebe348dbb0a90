"""RevRx, composed from the constructs: one description, one module of values an environment."""
