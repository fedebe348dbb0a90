"""Volumes, claims, and the data in them."""
