"""Postgres and Redis: on a volume in the cluster or on a server outside it, as the environment says."""

from constructs_revrx import Datastore, External, ExternalDatastore
from constructs import Construct

from .environment import Environment
from .secrets import POSTGRES, REDIS
from .sizes import MEDIUM, SMALL


def postgres(scope: Construct, env: Environment) -> Datastore | ExternalDatastore:
    if isinstance(env.postgres, External):
        return Datastore.external(scope, "postgres", address=env.postgres, port=5432, secret=POSTGRES)
    return Datastore.postgres(
        scope,
        "postgres",
        image=env.images["postgres"],
        resources=MEDIUM,
        storage=env.postgres,
        secret=POSTGRES,
        monitoring=env.monitoring,
    )


def redis(scope: Construct, env: Environment) -> Datastore | ExternalDatastore:
    if isinstance(env.redis, External):
        return Datastore.external(scope, "redis", address=env.redis, port=6379, secret=REDIS)
    return Datastore.redis(
        scope,
        "redis",
        image=env.images["redis"],
        resources=SMALL,
        storage=env.redis,
        secret=REDIS,
        monitoring=env.monitoring,
    )
