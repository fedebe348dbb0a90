"""Pods as Pod Security is asked of them: hardened ones, with a few fields that it looks at made otherwise."""

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from ...charts.dist import Object


def _pod(container: Object, **spec: Any) -> Object:
    containers = {
        name: {"name": name, "image": f"example.com/{name}:1", **deepcopy(container)}
        for name in ("first", "shell", "other")
    }
    first, *others = containers.values()
    return {"metadata": {}, "spec": {"initContainers": [first], "containers": others, **spec}}


HARDENED = _pod(
    {"securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}},
    securityContext={"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
)
# Without what Windows has not, or the API server refuses it.
_WINDOWS = _pod({}, os={"name": "windows"}, securityContext={"runAsNonRoot": True})

GONE = object()
"""A field that is taken away."""


def of(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


def _profile(localhost: Object) -> st.SearchStrategy[Any]:
    return of(GONE, *({"type": kind} for kind in ("RuntimeDefault", "Unconfined")), {"type": "Localhost", **localhost})


_ACTION = of(
    *({action: {"port": 80, **host}} for action in ("httpGet", "tcpSocket") for host in ({}, {"host": "127.0.0.1"})),
    {"exec": {"command": ["true"]}},
)
_CONTEXT = {
    "appArmorProfile": _profile({"localhostProfile": "shop"}),
    "seccompProfile": _profile({"localhostProfile": "shop.json"}),
    "seLinuxOptions": of(
        *({"type": kind} for kind in ("", "container_t", "container_engine_t", "container_kvm_t", "spc_t")),
        *({"level": "s0:c1"}, {"user": "system_u"}, {"role": "system_r"}),
    ),
    "runAsNonRoot": of(True, False, GONE),
    "runAsUser": of(0, 10001),
    "windowsOptions": of({}, {"hostProcess": False}, {"hostProcess": True}),
}
_SYSCTLS = (
    *("kernel.shm_rmid_forced", "kernel.msgmax", "net.ipv4.ip_forward", "net.ipv4.ip_local_reserved_ports"),
    *("net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_rmem", "net.ipv4.tcp_notsent_lowat", "net.ipv4.tcp_syncookies"),
)
_VOLUMES: tuple[Object, ...] = (
    *({"emptyDir": {}}, {"hostPath": {"path": "/var"}}, {"nfs": {"server": "nfs.example.com", "path": "/"}}),
    *({"configMap": {"name": "shop"}}, {"secret": {"secretName": "shop"}}, {"csi": {"driver": "csi.example.com"}}),
    *({"persistentVolumeClaim": {"claimName": "shop"}}, {"image": {"reference": "example.com/shop:1"}}, {}),
    *({"iscsi": {"targetPortal": "10.0.0.1", "iqn": "iqn.2001-04.com.example:shop", "lun": 0}},),
    *({"projected": {"sources": []}}, {"downwardAPI": {"items": []}}),
)
# Each field, by its path below the spec, with its values.
_OF_POD: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("hostNetwork", "hostPID", "hostIPC", "hostUsers"), of(True, False)),
    "os": of({"name": "linux"}, {"name": "windows"}),
    "volumes": st.lists(of(*_VOLUMES), min_size=1, max_size=2).map(
        lambda kinds: [{"name": f"volume-{n}", **kind} for n, kind in enumerate(kinds)]
    ),
    "securityContext": of(GONE, {}),
    "securityContext.sysctls": st.lists(of(*_SYSCTLS), min_size=1, max_size=2, unique=True).map(
        lambda names: [{"name": name, "value": "1"} for name in names]
    ),
    **{f"securityContext.{field}": values for field, values in _CONTEXT.items()},
}
_OF_CONTAINER: dict[str, st.SearchStrategy[Any]] = {
    "ports": of(*([{"containerPort": 80, **port}] for port in ({}, {"hostPort": 0}, {"hostPort": 80}))),
    **dict.fromkeys(("livenessProbe", "readinessProbe", "startupProbe"), _ACTION),
    **dict.fromkeys(("lifecycle.postStart", "lifecycle.preStop"), _ACTION),
    "securityContext": of(GONE, {}),
    "securityContext.allowPrivilegeEscalation": of(True, False, GONE),
    "securityContext.capabilities": of(GONE, {}, {"drop": []}, {"drop": ["NET_RAW", "ALL"]}, {"drop": ["all"]}),
    "securityContext.capabilities.add": st.lists(
        of("ALL", "CHOWN", "NET_BIND_SERVICE", "NET_RAW", "SYS_CHROOT", "SYS_TIME"), max_size=2, unique=True
    ),
    "securityContext.privileged": of(True, False),
    "securityContext.procMount": of("Default", "Unmasked"),
    **{f"securityContext.{field}": values for field, values in _CONTEXT.items()},
}
_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/shell"


@st.composite
def pods(draw: st.DrawFn, *, fields: int = 4) -> Object:
    """fields: how many are otherwise at the most."""
    pod = deepcopy(draw(of(*[HARDENED] * 9, _WINDOWS)))
    containers = ("initContainers.0", "containers.0", "containers.1")
    choices = [*((path, values) for path, values in _OF_POD.items())]
    choices += [(f"{draw(of(*containers))}.{path}", values) for path, values in _OF_CONTAINER.items()]
    for path, values in draw(st.lists(st.sampled_from(choices), max_size=fields, unique_by=lambda choice: choice[0])):
        put(pod["spec"], path, draw(values))
    if draw(st.integers(0, 9)) == 0:
        pod["metadata"]["annotations"] = {_ANNOTATION: draw(of("runtime/default", "localhost/shop", "unconfined"))}
    if draw(st.integers(0, 9)) == 0:
        pod["spec"]["securityContext"] = {}
    return pod


def put(place: Any, path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for key in parents:
        place = place[int(key)] if key.isdecimal() else place.setdefault(key, {})
    if value is GONE:
        place.pop(last, None)
    else:
        place[last] = deepcopy(value)
