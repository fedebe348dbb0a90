"""Connections to Postgres."""

from functools import cache

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from .settings import database_settings


@cache
def engine() -> Engine:
    """Of this process: first asked for after Celery has forked, or children would share a connection."""
    return create_engine(
        database_settings().database_url,
        # Of each pod, and of each of a worker's four processes, which need one. All pods together must stay below
        # max_connections, 100 by default: 10 of the backend and 20 workers can ask for 120.
        pool_size=2,
        max_overflow=2,
        pool_timeout=5,
        # Postgres may have restarted since.
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5},
    )


def session() -> Session:
    return Session(engine())
