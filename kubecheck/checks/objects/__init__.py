"""Of any object: what it is called, its fields and versions, what stands twice."""
