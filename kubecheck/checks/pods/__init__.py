"""What a pod's containers are told."""
