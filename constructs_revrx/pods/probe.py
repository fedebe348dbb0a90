"""Probes: what the kubelet asks a container."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from ..core.calls import value_object
from ..core.errors import OptionProblem


@value_object
class Probe:
    """A question to a container, made by `http`, `tcp`, `exec`, `grpc` or `none`.

    Args:
        kind, target, command: what is asked; set by those five.
        port: the name of one of the container's ports; default its first, a WebService's `http`.
        period: seconds between two questions, 1 or more; default 10.
        timeout: seconds until no answer counts as a bad one, 1 or more; default 5.
        failures: bad answers in a row that count, 1 or more; default 3.
    """

    kind: Literal["http", "tcp", "exec", "grpc", "none"]
    target: str = ""
    command: tuple[str, ...] = ()
    port: str = ""
    period: int = 10
    timeout: int = 5
    failures: int = 3

    @classmethod
    def http(cls, path: str, *, port: str = "", period: int = 10, timeout: int = 5, failures: int = 3) -> "Probe":
        """GET answers with 200 to 399.

        Args:
            path: begins with "/".
        """
        return cls(kind="http", target=path, port=port, period=period, timeout=timeout, failures=failures)

    @classmethod
    def tcp(cls, *, port: str = "", period: int = 10, timeout: int = 5, failures: int = 3) -> "Probe":
        """The port accepts connections."""
        return cls(kind="tcp", port=port, period=period, timeout=timeout, failures=failures)

    @classmethod
    def exec(cls, *command: str, period: int = 10, timeout: int = 5, failures: int = 3) -> "Probe":
        """A command in the container ends with 0.

        Args:
            command: in exec form, a text an argument; no shell reads it.
        """
        return cls(kind="exec", command=command, period=period, timeout=timeout, failures=failures)

    @classmethod
    def grpc(
        cls, service: str = "", *, port: str = "", period: int = 10, timeout: int = 5, failures: int = 3
    ) -> "Probe":
        """The gRPC health service says SERVING; since Kubernetes 1.27.

        Args:
            service: which it is asked about; default the whole server.
        """
        return cls(kind="grpc", target=service, port=port, period=period, timeout=timeout, failures=failures)

    @classmethod
    def none(cls, reason: str) -> "Probe":
        """Nothing is asked.

        Args:
            reason: why nothing need be; for those who read the code.
        """
        return cls(kind="none", target=reason)

    def asks_the_same(self, other: "Probe") -> bool:
        return (self.kind, self.target, self.command, self.port) == (
            other.kind,
            other.target,
            other.command,
            other.port,
        )

    def manifest(self, ports: Mapping[str, int]) -> dict[str, Any] | None:
        """The Probe of the API, of a container with these ports; None for none."""
        port = self.port or next(iter(ports), "")
        action: Mapping[str, Mapping[str, Any]] = {
            "http": {"httpGet": {"path": self.target, "port": port}},
            "tcp": {"tcpSocket": {"port": port}},
            "exec": {"exec": {"command": self.command}},
            "grpc": {"grpc": {"port": ports.get(port), "service": self.target or None}},
        }
        if self.kind == "none":
            return None
        return {
            **action[self.kind],
            "periodSeconds": self.period,
            "timeoutSeconds": self.timeout,
            "failureThreshold": self.failures,
        }

    def port_problems(self, ports: Mapping[str, int]) -> Iterator[str]:
        """Of a probe of a container with these ports: one that it does not declare."""
        if self.kind not in ("http", "tcp", "grpc"):
            return
        if not ports:
            yield f"{self.kind} asks a port, and the container declares none; give it `ports`, or ask with Probe.exec"
        elif self.port and self.port not in ports:
            yield f"port {self.port!r} is not declared, but {', '.join(ports)}; name one of them, or add it to `ports`"

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


def probe_problems(probes: Mapping[str, Probe], ports: Mapping[str, int], liveness: str = "liveness") -> Iterator[str]:
    """Of a container's probes, by option, and its ports. liveness: the option that says it."""
    for option, probe in probes.items():
        yield from (OptionProblem(option, problem) for problem in probe.port_problems(ports))
    if liveness in probes and "readiness" in probes and probes[liveness].asks_the_same(probes["readiness"]):
        text = "it asks what readiness asks, so what makes pods unready would also restart them; ask less"
        yield OptionProblem(liveness, text)
