"""Autoscalers on what pods really use: up to the maximum under load and back, within the quota."""
