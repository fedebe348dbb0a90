"""Configuration and Secrets."""
