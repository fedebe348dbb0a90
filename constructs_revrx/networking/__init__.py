"""Who may talk to whom, and the ways in from outside."""
