"""How a server runs in a Datastore."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from kubecheck.objects.labels import syntax_problems

from ..core.calls import value_object
from ..pods.container import port_problems
from ..pods.program import Program

_PARAMETER = re.compile(r"[a-z][a-z0-9_.-]*")
_NOT_TO_BE_SET = {
    "requirepass": "would show in every process list; the password comes from the Secret",
    "dir": "is where the volume is mounted; leave it",
    "data_directory": "is where the volume is mounted; leave it",
    "port": "is what Service, probes and NetworkPolicies name; leave it",
}


@value_object
class Engine(Program):
    """How one kind of server runs in a Datastore: the hook for those that the library does not know.

        Datastore(chart, "rabbitmq", image=Image("rabbitmq:4.1"), resources=…, storage=Storage(size="5Gi"),
                  secret=Secret("rabbitmq-secret", ("ERLANG_COOKIE",)), engine=Engine(component="broker", …))

    Its Secret is mounted as files, `secret.file(key)`; the root file system is read-only. One TCP port, which the
    Service, probes and NetworkPolicies share.

    Args:
        component: what it is, the label `app.kubernetes.io/component`: database, broker, cache.
        port: the TCP port it listens on, 1024 or more.
        port_name: the port's name in Service and probes.
        data_path: where the volume is mounted.
        ready: the command that succeeds when the server answers queries. Liveness is only that the port accepts
            connections, which it does while the server still reads its journal: a restart would begin that anew.
        grace: seconds from SIGTERM to SIGKILL.
        keys: the keys that its Secret must have.
        rereads_secret: whether a restart makes it take new values; then its Secret's `revision` and `reload` roll it.
            Default yes. Postgres reads them when its data folder is empty, and never again.
        configuration: the parameters that the user gave, to be checked; `args` has them.
        scratch: the other folders that it can write to, path to size; they go with the pod.
        volumes: other volumes, by path.
    """

    component: str
    port: int
    port_name: str
    data_path: str
    ready: Sequence[str]
    grace: int
    keys: Sequence[str]
    rereads_secret: bool = True
    configuration: Mapping[str, str] = field(default_factory=dict)
    scratch: Mapping[str, str] = field(default_factory=dict)

    def problems(self) -> Iterator[str]:
        """Those of its program are told by the Datastore, which adds a volume and a Secret to it."""
        if any(syntax_problems({"component": self.component})):
            yield f"component: {self.component!r} is not a label's value; write e.g. broker"
        yield from (f"port: {problem}" for problem in port_problems({self.port_name: self.port}))
        if self.grace < 1:
            yield f"grace: {self.grace} is below 1 second"
        if not self.ready:
            yield "ready: is empty; give the command that succeeds when the server answers queries"
        yield from (f"configuration: {text}" for text in configuration_problems(self.configuration))


def configuration_problems(configuration: Mapping[str, str]) -> Iterator[str]:
    for name in configuration:
        if not _PARAMETER.fullmatch(name):
            yield f"{name!r} is not a parameter's name; write it as the server's documentation does"
        if name in _NOT_TO_BE_SET:
            yield f"{name} {_NOT_TO_BE_SET[name]}"
