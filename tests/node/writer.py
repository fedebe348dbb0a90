"""Writes numbers into Postgres or Redis without a pause, and prints each once the server has said that it is stored.

It runs in a pod of the application: `python -c` with this text and the server's name, until its input ends.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import redis

_PAUSE = 0.005

ended = threading.Event()


@contextmanager
def postgres() -> Iterator[Callable[[int], object]]:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, connect_timeout=2) as connection:
        yield lambda number: connection.execute("INSERT INTO acknowledged VALUES (%s)", [number])


@contextmanager
def broker() -> Iterator[Callable[[int], object]]:
    options = {"socket_timeout": 2, "socket_connect_timeout": 2}
    with redis.Redis.from_url(os.environ["REDIS_URL"], **options) as connection:
        yield lambda number: connection.rpush("acknowledged", number)


def wait_for_the_end() -> None:
    sys.stdin.read()
    ended.set()


def main() -> None:
    threading.Thread(target=wait_for_the_end, daemon=True).start()
    number, server = 0, {"postgres": postgres, "redis": broker}[sys.argv[1]]
    while not ended.is_set():
        try:
            with server() as write:
                while not ended.wait(_PAUSE):
                    number += 1
                    write(number)
                    print(number, flush=True)
        except (psycopg.OperationalError, redis.ConnectionError, redis.TimeoutError):
            ended.wait(0.1)


main()
