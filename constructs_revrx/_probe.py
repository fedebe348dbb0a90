"""Probes: what the kubelet asks a container."""

from collections.abc import Iterator, Mapping
from typing import Any

from ._calls import value_object


@value_object
class Probe:
    """A question to a container, made by `http`, `tcp`, `exec`, `grpc` or `none`; asked on the workload's own port.

    Args:
        period: seconds between two questions, 1 or more; default 10.
        timeout: seconds until no answer counts as a bad one, 1 or more; default 5.
        failures: bad answers in a row that count, 1 or more; default 3.
    """

    kind: str
    target: str = ""
    command: tuple[str, ...] = ()
    period: int = 10
    timeout: int = 5
    failures: int = 3

    @classmethod
    def http(cls, path: str, *, period: int = 10, timeout: int = 5, failures: int = 3) -> "Probe":
        """GET answers with 200 to 399."""
        return cls(kind="http", target=path, period=period, timeout=timeout, failures=failures)

    @classmethod
    def tcp(cls, *, period: int = 10, timeout: int = 5, failures: int = 3) -> "Probe":
        """The port accepts connections."""
        return cls(kind="tcp", period=period, timeout=timeout, failures=failures)

    @classmethod
    def exec(cls, *command: str, period: int = 10, timeout: int = 5, failures: int = 3) -> "Probe":
        """A command in the container ends with 0."""
        return cls(kind="exec", command=command, period=period, timeout=timeout, failures=failures)

    @classmethod
    def grpc(cls, service: str = "", *, period: int = 10, timeout: int = 5, failures: int = 3) -> "Probe":
        """The gRPC health service says SERVING; since Kubernetes 1.27."""
        return cls(kind="grpc", target=service, period=period, timeout=timeout, failures=failures)

    @classmethod
    def none(cls, reason: str) -> "Probe":
        """Nothing is asked, for the reason given."""
        return cls(kind="none", target=reason)

    def asks_the_same(self, other: "Probe") -> bool:
        return (self.kind, self.target, self.command) == (other.kind, other.target, other.command)

    def manifest(self, *, port_name: str = "", port: int = 0) -> dict[str, Any] | None:
        """The Probe of the API; None for none."""
        action: Mapping[str, Mapping[str, Any]] = {
            "http": {"httpGet": {"path": self.target, "port": port_name}},
            "tcp": {"tcpSocket": {"port": port_name}},
            "exec": {"exec": {"command": self.command}},
            "grpc": {"grpc": {"port": port, "service": self.target or None}},
        }
        if self.kind == "none":
            return None
        return {
            **action[self.kind],
            "periodSeconds": self.period,
            "timeoutSeconds": self.timeout,
            "failureThreshold": self.failures,
        }

    def problems(self) -> Iterator[str]:
        if self.kind == "http" and not self.target.startswith("/"):
            yield f"path {self.target!r} does not begin with '/'"
        if self.kind == "exec" and not self.command:
            yield "exec has no command; give it, a text an argument"
        if self.kind == "none" and not self.target.strip():
            yield "none has no reason; say why nothing need be asked"
        for name in ("period", "timeout", "failures"):
            if getattr(self, name) < 1:
                yield f"{name} {getattr(self, name)} is below 1"
