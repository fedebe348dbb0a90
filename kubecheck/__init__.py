"""What Kubernetes makes of plain objects: every rule about finished manifests, with an id. Knows neither cdk8s nor Node."""
