"""What runs pods, and how many."""
