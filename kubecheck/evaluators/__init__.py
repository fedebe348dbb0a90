"""What Kubernetes itself computes of objects: one evaluator a subject."""
