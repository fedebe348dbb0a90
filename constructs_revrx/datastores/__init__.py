"""Where data is kept, and its backups."""
