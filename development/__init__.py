"""The development environment of `make dev`: compose.yaml's, by an engine or as processes of this machine."""
