"""What a pod is made of."""
