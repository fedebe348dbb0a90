"""compose.yaml, as far as processes need it: one place says what the environment is, with or without an engine.

Reads `${NAME:-default}` and `$$`, and nothing else of compose's interpolation. tests/compose proves that what comes out
is what `docker compose config` says.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .failure import NotStartedError

FILE = "compose.yaml"

_VARIABLE = re.compile(r"\$(?:(\$)|\{([A-Z][A-Z0-9_]*):-([^{}]*)\}|(.?))")
_SETTING = re.compile(r"([A-Z][A-Z0-9_]*)=([^\s'\"$#]*)")
_PUBLISHED = re.compile(r"127\.0\.0\.1:(\d+):(\d+)")
# A service as the containers name it: behind `//` or `@`, and before its port.
_ADDRESS = re.compile(r"(?<=[/@])([a-z]+):(\d+)")


@dataclass(frozen=True)
class Port:
    """A port of this machine.

    variable: what sets it.
    inside: the port of the container.
    """

    service: str
    variable: str
    number: int
    inside: int


class Composition:
    """variables: those of .env and of the shell; what they do not set has its default."""

    def __init__(self, root: Path, variables: Mapping[str, str]) -> None:
        self._raw: dict[str, Any] = yaml.safe_load((root / FILE).read_text(encoding="utf-8"))["services"]
        self._variables = variables
        self.ports = [port for service in self._raw for port in self._ports(service)]

    def names(self) -> list[str]:
        return list(self._raw)

    def service(self, name: str) -> dict[str, Any]:
        """As compose.yaml has it, with all variables replaced."""
        filled: dict[str, Any] = self._filled(self._raw[name])
        return filled

    def environment(self, name: str) -> dict[str, str]:
        """Its variables, with addresses that this machine reaches."""
        given = self.service(name).get("environment", {})
        return {key: _ADDRESS.sub(self._reached, str(value)) for key, value in given.items()}

    def command(self, name: str) -> list[str]:
        return [str(word) for word in self.service(name)["command"]]

    def port(self, service: str, inside: int) -> int:
        (number,) = (port.number for port in self.ports if (port.service, port.inside) == (service, inside))
        return number

    def _reached(self, address: re.Match[str]) -> str:
        service, inside = address[1], int(address[2])
        return f"127.0.0.1:{self.port(service, inside)}" if service in self._raw else address[0]

    def _ports(self, service: str) -> list[Port]:
        found = []
        for text in self._raw[service].get("ports", ()):
            variable = _VARIABLE.search(text)
            assert variable
            filled = self._filled(text)
            published = _PUBLISHED.fullmatch(filled)
            if not published or not 0 < int(published[1]) < 2**16:
                value = self._filled(variable[0])
                raise NotStartedError(f"{variable[2]} is {value!r}, which is no port; give a number from 1 to 65535")
            found.append(Port(service, variable[2], int(published[1]), int(published[2])))
        return found

    def _filled(self, value: Any) -> Any:
        if isinstance(value, str):
            return _VARIABLE.sub(self._value, value)
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        if isinstance(value, dict):
            return {key: self._filled(item) for key, item in value.items()}
        return value

    def _value(self, variable: re.Match[str]) -> str:
        if variable[1]:
            return "$"
        if variable[2] is None:
            raise NotStartedError(f"{FILE}: {variable[0]!r} is not ${{NAME:-default}}; write it so, or $$ for a dollar")
        return self._variables.get(variable[2]) or variable[3]


def settings(root: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Those of .env, and before them those of the shell."""
    file = root / ".env"
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return dict(environment)
    found = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        setting = _SETTING.fullmatch(line.strip())
        if not setting:
            # An engine would take quotes, spaces and references; understood differently here they would mislead.
            raise NotStartedError(
                f"{file}:{number}: {line.strip()!r} is not NAME=value, without quotes, spaces, # and $"
            )
        found[setting[1]] = setting[2]
    return {**found, **environment}
