"""What guards a namespace."""
