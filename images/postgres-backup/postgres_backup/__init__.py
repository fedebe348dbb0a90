"""Backups of one PostgreSQL database in S3, and the proof that they restore. `python -m postgres_backup --help`."""
