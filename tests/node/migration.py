"""The schema of the application."""

from ..e2e.environment import Environment


def migrate(environment: Environment) -> None:
    """As a deployer does it. On a schema that is the newest it changes nothing."""
    deployer, job = environment.deployer, "job/migrate-for-tests"
    deployer("create", "job", "migrate-for-tests", "--from=cronjob/backend-migrate")
    try:
        deployer("wait", "--for=condition=Complete", job, "--timeout=90s")
    finally:
        deployer("delete", job)
