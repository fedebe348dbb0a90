"""What everyone may read and nobody should."""
