"""Postgres' own settings about memory, read as the server reads them.

Source: PostgreSQL documentation, Setting Parameters (Parameter Names and Values) and Resource Consumption;
src/backend/utils/misc/guc.c (parse_int, parse_real).
"""

import math
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

KIB, MIB = 1024, 1024**2
_UNITS = {"B": 1, "kB": KIB, "MB": MIB, "GB": 1024**3, "TB": 1024**4}

_VALUE = re.compile(
    r"\s*(?P<sign>[+-]?)(?P<number>0[xX][0-9a-fA-F]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"\s*(?P<unit>[A-Za-z]*)\s*",
    re.ASCII,
)
_OCTAL = re.compile(r"0[0-9]+")

_INT = 2**31 - 1
_CONNECTIONS = 2**18 - 1


class _Parameter(NamedTuple):
    """unit: of a number without one, in bytes; 0 of what is no size. least, most: what any version takes."""

    unit: int
    default: float
    least: float
    most: float
    is_whole: bool = True


_PARAMETERS: Mapping[str, _Parameter] = {
    "shared_buffers": _Parameter(8 * KIB, 16384, 16, _INT // 2),
    "min_dynamic_shared_memory": _Parameter(MIB, 0, 0, _INT),
    "work_mem": _Parameter(KIB, 4096, 64, _INT),
    "hash_mem_multiplier": _Parameter(0, 2, 1, 1000, is_whole=False),
    "maintenance_work_mem": _Parameter(KIB, 65536, 64, _INT),
    "autovacuum_work_mem": _Parameter(KIB, -1, -1, _INT),
    "autovacuum_max_workers": _Parameter(0, 3, 1, _CONNECTIONS),
    "max_parallel_workers_per_gather": _Parameter(0, 2, 0, 1024),
    "max_connections": _Parameter(0, 100, 1, _CONNECTIONS),
}
# Only dynamic shared memory of the kind posix is in /dev/shm.
_CHOICES = {"shared_memory_type": ("mmap", "sysv"), "dynamic_shared_memory_type": ("posix", "sysv", "mmap")}


class Settings:
    """Of a server's configuration, what its memory depends on; what is not said, or not possible, as by default.

    Args:
        configuration: the parameters that are given.
    """

    def __init__(self, configuration: Mapping[str, str]) -> None:
        # On its command line the server reads '-' as '_', and of a parameter that is given twice the last.
        given = {name.replace("-", "_"): value for name, value in configuration.items()}
        self._given = {name: value for name, value in given.items() if name in _PARAMETERS or name in _CHOICES}

    @property
    def is_given(self) -> bool:
        """Whether the configuration says anything of it."""
        return bool(self._given)

    def number(self, name: str) -> float:
        """In bytes, or as it is; -1 stays -1."""
        parameter = _PARAMETERS[name]
        value = _read(self._given[name], parameter) if name in self._given else None
        if value is None or not parameter.least <= value <= parameter.most:
            value = parameter.default
        return value * parameter.unit if parameter.unit and value >= 0 else value

    @property
    def dynamic_shared_memory(self) -> str:
        return self._given.get("dynamic_shared_memory_type", "posix").lower()

    def problems(self) -> Iterator[str]:
        for name, value in self._given.items():
            if name in _CHOICES:
                if value.lower() not in _CHOICES[name]:
                    yield f"{name} {value!r} is not {' or '.join(_CHOICES[name])}, so the server would not start"
            else:
                yield from _problems(name, value, _PARAMETERS[name])


def _problems(name: str, value: str, parameter: _Parameter) -> Iterator[str]:
    number = _read(value, parameter)
    if number is None and parameter.unit:
        yield f"{name} {value!r} cannot be read; write a number and B, kB, MB, GB or TB, e.g. 64MB"
    elif number is None:
        yield f"{name} {value!r} cannot be read; write a number without a unit"
    elif not parameter.least <= number <= parameter.most:
        unit = {KIB: " kB", MIB: " MB", 8 * KIB: " blocks of 8 kB"}.get(parameter.unit, "")
        bounds = f"{parameter.least} to {parameter.most}{unit}"
        yield f"{name} {value!r} is not from {bounds}, so the server would not start"


def _read(text: str, parameter: _Parameter) -> float | None:
    """In the parameter's unit."""
    match = _VALUE.fullmatch(text)
    if match is None or (match["unit"] and (match["unit"] not in _UNITS or not parameter.unit)):
        return None
    number = _number(match["number"], is_octal=parameter.is_whole)
    if number is None:
        return None
    if match["sign"] == "-":
        number = -number
    if match["unit"]:
        number = _in_bytes(number, match["unit"]) / parameter.unit
    return float(round(number)) if parameter.is_whole and math.isfinite(number) else number


def _in_bytes(number: float, unit: str) -> float:
    """To the next smaller unit: 30.1GB are 30822MB."""
    units = list(_UNITS)
    smaller = _UNITS[units[max(units.index(unit) - 1, 0)]]
    size = number * _UNITS[unit]
    return round(size / smaller) * smaller if math.isfinite(size) else size


def _number(text: str, *, is_octal: bool) -> float | None:
    """As C reads it: 010 is 8, where a whole number is wanted."""
    if text[:2] in ("0x", "0X"):
        return float(int(text, 16))
    if is_octal and _OCTAL.fullmatch(text):
        return float(int(text, 8)) if {*text} <= {*"01234567"} else None
    return float(text)
