"""Stand-ins for LocalStack and MailHog, run by the Python that has moto and aiosmtpd: .venv-backup's."""
