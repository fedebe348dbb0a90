"""Backups of a Postgres database."""
