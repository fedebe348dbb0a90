"""Who may connect to whom, and what leads requests from outside to a service."""
