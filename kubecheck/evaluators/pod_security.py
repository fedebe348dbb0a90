"""Pod Security Standards: what *baseline* and *restricted* refuse in a pod, by the version of the policy, 1.25 to 1.37.

A control bears the id that Kubernetes gives it. A later version mostly allows more, so the same pod may be refused by
one version and admitted by the next; 1.34 refuses more, the hosts of probes.

Source: Kubernetes documentation, Pod Security Standards; kubernetes/pod-security-admission, policy/check_*.go.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ..objects.fields import Object, at, entries, mapping, text
from ..objects.version import Version

LEVELS = ("privileged", "baseline", "restricted")
OLDEST, NEWEST = Version(1, 25), Version(1, 37)


class Violation(NamedTuple):
    """control: its id, hostNamespaces. wrong: what the pod has, "hostNetwork is true". way_out: what to change."""

    control: str
    wrong: str
    way_out: str

    def __str__(self) -> str:
        return f"{self.control}: {self.wrong}; {self.way_out}"


Wrong = Iterator[tuple[str, str]]


class _Pod:
    """A pod as the controls see it, and the minor version of the policy that is asked."""

    def __init__(self, pod: Object, minor: int) -> None:
        self.minor = minor
        self.annotations = mapping(pod, "metadata", "annotations")
        self.spec = mapping(pod, "spec")
        self.context = mapping(self.spec, "securityContext")
        self.volumes = entries(self.spec, "volumes")
        kinds = ("initContainers", "containers", "ephemeralContainers")
        containers = [container for kind in kinds for container in entries(self.spec, kind)]
        self.containers = [(f"container {container.get('name')}", container) for container in containers]
        self.container_contexts = [(place, mapping(each, "securityContext")) for place, each in self.containers]
        self.contexts = [("the pod", self.context), *self.container_contexts]
        # Windows has none of what some controls are about, and the API server refuses such a pod that sets it.
        self.is_windows = text(self.spec, "os", "name") == "windows"
        # Its root is nobody on the node, which policies count on since 1.35 (KEP-127).
        self.has_user_namespace = minor >= 35 and self.spec.get("hostUsers") is False


class _Control(NamedTuple):
    """since: the minor version of the first policy with it. instead_of: the one of the baseline that it replaces."""

    find: Callable[[_Pod], Wrong]
    since: int = 0
    instead_of: str = ""


def violations(pod: Object, level: str, version: Version) -> list[Violation]:
    """What the policy refuses a pod for; of a pod template, what it would refuse each of its pods for.

    Args:
        pod: with spec and perhaps metadata; read without trust.
        level: one of LEVELS.
        version: of the policy, from OLDEST to NEWEST. `latest` is the one of the API server.
    Raises:
        ValueError: for a policy that is not known here.
    """
    if level not in LEVELS:
        raise ValueError(f"{level!r} is no level of Pod Security; use one of {', '.join(LEVELS)}")
    if not OLDEST <= version <= NEWEST:
        raise ValueError(f"the policy of {version} is not known here, but those of {OLDEST} to {NEWEST}")
    controls = {} if level == "privileged" else {**BASELINE}
    if level == "restricted":
        for control, restricted in RESTRICTED.items():
            if restricted.since <= version.minor:
                controls.pop(restricted.instead_of, None)
                controls[control] = restricted
    asked = _Pod(pod, version.minor)
    return [
        Violation(control, wrong, way_out)
        for control, rule in controls.items()
        if rule.since <= version.minor
        for wrong, way_out in rule.find(asked)
    ]


_PROFILES = ("RuntimeDefault", "Localhost")
_APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/"
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HOOKS = ("postStart", "preStop")
_RESTRICTED_VOLUMES = {
    *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected"),
    "secret",
}
_BASELINE_CAPABILITIES = {
    *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP"),
    *("SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
}

# By the minor version of the policy since which they are allowed.
_SYSCTLS = {
    "kernel.shm_rmid_forced": 0,
    "net.ipv4.ip_local_port_range": 0,
    "net.ipv4.ip_unprivileged_port_start": 0,
    "net.ipv4.ping_group_range": 0,
    "net.ipv4.tcp_syncookies": 0,
    "net.ipv4.ip_local_reserved_ports": 27,
    "net.ipv4.tcp_fin_timeout": 29,
    "net.ipv4.tcp_keepalive_intvl": 29,
    "net.ipv4.tcp_keepalive_probes": 29,
    "net.ipv4.tcp_keepalive_time": 29,
    "net.ipv4.tcp_rmem": 32,
    "net.ipv4.tcp_wmem": 32,
    "net.ipv4.tcp_notsent_lowat": 37,
    "net.ipv4.tcp_slow_start_after_idle": 37,
}
_SELINUX_TYPES = {"container_t": 0, "container_init_t": 0, "container_kvm_t": 0, "container_engine_t": 31}


def _app_armor_profile(pod: _Pod) -> Wrong:
    for place, context in pod.contexts:
        if at(context, "appArmorProfile") is not None and at(context, "appArmorProfile", "type") not in _PROFILES:
            profile = at(context, "appArmorProfile", "type")
            yield f"{place} has the AppArmor profile {profile}", f"make it {' or '.join(_PROFILES)}, or leave it out"
    for key, value in pod.annotations.items():
        allowed = value in ("", "runtime/default") or str(value).startswith("localhost/")
        if str(key).startswith(_APP_ARMOR) and not allowed:
            yield f"annotation {key} is {value}", "make it runtime/default or localhost/PROFILE, or leave it out"


def _capabilities_baseline(pod: _Pod) -> Wrong:
    return _added_capabilities(pod, _BASELINE_CAPABILITIES)


def _host_namespaces(pod: _Pod) -> Wrong:
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.spec.get(field):
            yield f"{field} is true", "leave it out"


def _host_path_volumes(pod: _Pod) -> Wrong:
    for volume in pod.volumes:
        if volume.get("hostPath") is not None:
            yield f"volume {volume.get('name')} is a hostPath", "use an emptyDir or a claim"


def _host_ports(pod: _Pod) -> Wrong:
    for place, container in pod.containers:
        for port in entries(container, "ports"):
            if port.get("hostPort"):
                yield f"{place} has hostPort {port['hostPort']}", "leave it out and reach the pod by a Service"


def _host_probes_and_host_lifecycle(pod: _Pod) -> Wrong:
    for place, container in pod.containers:
        handlers = {name: mapping(container, name) for name in _PROBES}
        handlers |= {name: mapping(container, "lifecycle", name) for name in _HOOKS}
        for name, handler in handlers.items():
            for action in ("httpGet", "tcpSocket"):
                if host := at(handler, action, "host"):
                    yield f"{place}'s {name} asks the host {host}", "leave host out and it asks the pod"


def _privileged(pod: _Pod) -> Wrong:
    for place, context in pod.container_contexts:
        if context.get("privileged"):
            yield f"{place} is privileged", "leave privileged out"


def _proc_mount(pod: _Pod) -> Wrong:
    if not pod.has_user_namespace:
        yield from _proc_mount_restricted(pod)


def _se_linux_options(pod: _Pod) -> Wrong:
    for place, context in pod.contexts:
        kind = at(context, "seLinuxOptions", "type")
        if kind and not _is_allowed(_SELINUX_TYPES, kind, pod.minor):
            yield f"{place} has the SELinux type {kind}", f"use {_allowed(_SELINUX_TYPES, pod.minor)}, or leave it out"
        for field in ("user", "role"):
            if value := at(context, "seLinuxOptions", field):
                yield f"{place} has the SELinux {field} {value}", "leave it out"


def _seccomp_profile_baseline(pod: _Pod) -> Wrong:
    for place, context in pod.contexts:
        if context.get("seccompProfile") is not None and not _has_seccomp_profile(context):
            profile = at(context, "seccompProfile", "type")
            yield f"{place} has the seccomp profile {profile}", f"make it {' or '.join(_PROFILES)}"


def _sysctls(pod: _Pod) -> Wrong:
    for sysctl in entries(pod.context, "sysctls"):
        if not _is_allowed(_SYSCTLS, sysctl.get("name"), pod.minor):
            yield f"sysctl {sysctl.get('name')} is set", f"leave it out; allowed are {_allowed(_SYSCTLS, pod.minor)}"


def _windows_host_process(pod: _Pod) -> Wrong:
    for place, context in pod.contexts:
        if at(context, "windowsOptions", "hostProcess"):
            yield f"{place} is a process of the Windows host", "leave hostProcess out"


def _allow_privilege_escalation(pod: _Pod) -> Wrong:
    for place, context in () if pod.is_windows else pod.container_contexts:
        if context.get("allowPrivilegeEscalation") is not False:
            yield f"{place} may gain privileges", "set allowPrivilegeEscalation: false"


def _capabilities_restricted(pod: _Pod) -> Wrong:
    if pod.is_windows:
        return
    for place, context in pod.container_contexts:
        if "ALL" not in _words(at(context, "capabilities", "drop")):
            yield f"{place} keeps capabilities", "set capabilities: {drop: [ALL]}"
    yield from _added_capabilities(pod, {"NET_BIND_SERVICE"})


def _proc_mount_restricted(pod: _Pod) -> Wrong:
    for place, context in pod.container_contexts:
        if context.get("procMount") not in (None, "Default"):
            yield f"{place} has procMount {context['procMount']}", "leave it out"


def _restricted_volumes(pod: _Pod) -> Wrong:
    for volume in pod.volumes:
        kinds = {str(field) for field, value in volume.items() if value is not None} - {"name"}
        # One that names no kind is an emptyDir: the API server fills that in before it asks the policy.
        if kinds and not kinds & _RESTRICTED_VOLUMES:
            yield (
                f"volume {volume.get('name')} is of kind {', '.join(sorted(kinds))}",
                f"use one of {', '.join(sorted(_RESTRICTED_VOLUMES))}",
            )


def _run_as_non_root(pod: _Pod) -> Wrong:
    if pod.has_user_namespace:
        return
    of_pod = pod.context.get("runAsNonRoot")
    if of_pod is False:
        yield "the pod may run as root", "set runAsNonRoot: true"
    for place, context in pod.container_contexts:
        own = context.get("runAsNonRoot")
        if own is False or (own is None and not of_pod):
            yield f"{place} may run as root", "set runAsNonRoot: true, there or in the pod's securityContext"


def _run_as_user(pod: _Pod) -> Wrong:
    if pod.has_user_namespace:
        return
    for place, context in pod.contexts:
        if context.get("runAsUser") == 0:
            yield f"{place} runs as user 0, root", "give another runAsUser, or leave it out"


def _seccomp_profile_restricted(pod: _Pod) -> Wrong:
    if pod.is_windows:
        return
    yield from _seccomp_profile_baseline(pod)
    if not _has_seccomp_profile(pod.context):
        for place, context in pod.container_contexts:
            if context.get("seccompProfile") is None:
                yield f"{place} has no seccomp profile", "set the pod's seccompProfile: {type: RuntimeDefault}"


BASELINE: Mapping[str, _Control] = {
    "appArmorProfile": _Control(_app_armor_profile),
    "capabilities_baseline": _Control(_capabilities_baseline),
    "hostNamespaces": _Control(_host_namespaces),
    "hostPathVolumes": _Control(_host_path_volumes),
    "hostPorts": _Control(_host_ports),
    "hostProbesAndHostLifecycle": _Control(_host_probes_and_host_lifecycle, since=34),
    "privileged": _Control(_privileged),
    "procMount": _Control(_proc_mount),
    "seLinuxOptions": _Control(_se_linux_options),
    "seccompProfile_baseline": _Control(_seccomp_profile_baseline),
    "sysctls": _Control(_sysctls),
    "windowsHostProcess": _Control(_windows_host_process),
}
RESTRICTED: Mapping[str, _Control] = {
    "allowPrivilegeEscalation": _Control(_allow_privilege_escalation),
    "capabilities_restricted": _Control(_capabilities_restricted, instead_of="capabilities_baseline"),
    "procMount_restricted": _Control(_proc_mount_restricted, since=35, instead_of="procMount"),
    "restrictedVolumes": _Control(_restricted_volumes, instead_of="hostPathVolumes"),
    "runAsNonRoot": _Control(_run_as_non_root),
    "runAsUser": _Control(_run_as_user),
    "seccompProfile_restricted": _Control(_seccomp_profile_restricted, instead_of="seccompProfile_baseline"),
}


def _is_allowed(since: Mapping[str, int], value: Any, minor: int) -> bool:
    return str(value) in since and since[str(value)] <= minor


def _allowed(since: Mapping[str, int], minor: int) -> str:
    return ", ".join(value for value, first in since.items() if first <= minor)


def _has_seccomp_profile(context: Object) -> bool:
    return at(context, "seccompProfile", "type") in _PROFILES


def _words(value: Any) -> list[str]:
    """Of a list. What is none is taken for its only word: the API server refuses it, and no rule overlooks it."""
    if value is None:
        return []
    return [str(word) for word in value] if isinstance(value, list) else [str(value)]


def _added_capabilities(pod: _Pod, allowed: set[str]) -> Wrong:
    for place, context in pod.container_contexts:
        if added := set(_words(at(context, "capabilities", "add"))) - allowed:
            yield (
                f"{place} adds {', '.join(sorted(added))}",
                f"leave that out; allowed are {', '.join(sorted(allowed))}",
            )
