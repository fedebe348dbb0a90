"""Run by `alembic upgrade head`."""

import sys
import time

from alembic import context
from app.models import Base
from app.settings import database_settings
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

# The Job's own limit is an hour, and says nothing about the reason.
WAIT = 60
# Of all migrations of this database: two at once would both make the same table.
LOCK = 7_316_001


def _connect() -> Connection:
    engine = create_engine(database_settings().database_url, poolclass=NullPool, connect_args={"connect_timeout": 5})
    until = time.monotonic() + WAIT
    while True:
        try:
            return engine.connect()
        except OperationalError as error:
            if time.monotonic() > until:
                reason = str(error.orig).splitlines()[0]
                print(f"DATABASE_URL: no connection to Postgres within {WAIT} s: {reason}", file=sys.stderr)
                raise SystemExit(1) from None
            time.sleep(1)


with _connect() as connection:
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
    connection.commit()
    context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
