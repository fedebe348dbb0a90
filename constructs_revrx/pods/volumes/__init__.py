"""What containers mount."""
