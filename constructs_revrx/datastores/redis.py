"""Redis from its official image."""

import re
from collections.abc import Iterator, Mapping

from kubecheck.objects import quantity as _quantity

from ..config.secret import Secret
from ..pods.volumes.volume import Volume
from .engine import Engine

_KEY = "REDIS_PASSWORD"


# As redis.conf has them; of any case. Source: redis.conf ("Note on units").
_SIZE = re.compile(r"(?P<number>\d+)(?P<unit>|b|k|kb|m|mb|g|gb)", re.ASCII | re.IGNORECASE)
_UNITS = {
    **{"": 1, "b": 1, "k": 1000, "m": 1000**2, "g": 1000**3},
    **{"kb": 1024, "mb": 1024**2, "gb": 1024**3},
}


def engine(secret: Secret, memory_limit: str, configuration: Mapping[str, str]) -> Engine:
    """Redis as a broker: every write is logged, and none is evicted, for an evicted task is a lost one.

    maxmemory is three quarters of the memory limit; the rest is for the fork that rewrites the log.
    """
    password = secret.file(_KEY)
    limit = _quantity.parse(memory_limit)
    settings = {
        "dir": "/data",
        "appendonly": "yes",
        "maxmemory": str(int(limit * 3 / 4)) if limit else "0",
        "maxmemory-policy": "noeviction",
        **configuration,
    }
    return Engine(
        component="broker",
        port=6379,
        port_name="redis",
        data_path="/data",
        ready=("sh", "-c", f'REDISCLI_AUTH="$(cat {password})" redis-cli -h 127.0.0.1 ping | grep -qx PONG'),
        grace=60,
        keys=(_KEY,),
        configuration=configuration,
        # In a file, because arguments show in every process list.
        command=(
            "sh",
            "-ec",
            f"umask 077; auth=$(sed 's/[\\\\\"]/\\\\&/g' {password}); "
            'printf \'requirepass "%s"\\n\' "$auth" > /run/redis/auth.conf; '
            'exec redis-server /run/redis/auth.conf "$@"',
            "redis-server",
        ),
        args=[word for name, value in settings.items() for word in (f"--{name}", value)],
        volumes={"/run/redis": Volume.empty_dir("1Mi", memory=True)},
    )


def memory_problems(memory_limit: str, configuration: Mapping[str, str]) -> Iterator[str]:
    """Of a maxmemory that the container could never hold."""
    value, limit = configuration.get("maxmemory"), _quantity.parse(memory_limit)
    if value is None:
        return
    size = _SIZE.fullmatch(value)
    if size is None:
        yield f"maxmemory {value!r} cannot be read; write bytes, or a number and kb, mb or gb, e.g. 512mb"
    elif not int(size["number"]):
        yield "maxmemory 0 is no bound, so the server would be killed at its memory limit; give one, or leave it out"
    elif limit and int(size["number"]) * _UNITS[size["unit"].lower()] >= limit:
        yield (
            f"maxmemory {value} is not below the memory limit {memory_limit}, where the server is killed; lower it, or "
            "raise the limit; left out, it is three quarters of that"
        )
