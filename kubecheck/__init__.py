"""What Kubernetes makes of plain objects: each rule about finished manifests, with an id.

It knows neither cdk8s nor Node: the standard library and PyYAML are enough.
"""
