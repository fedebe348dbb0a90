"""Pod Security Standards, as the API server's PodSecurity admission applies them to pods, from Kubernetes 1.25 to 1.37.

A check is a function of the name that Kubernetes gives it, and yields what is wrong with a pod.

Source: kubernetes/pod-security-admission, policy/check_*.go; testdata/ has the fixtures that both are tested on.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Pod = Mapping[str, Any]
Check = Callable[[Pod, int], Iterator[str]]

OLDEST, NEWEST = 25, 37

_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
_CAPABILITIES = {
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
}
# By the minor release since which they are allowed.
_SYSCTLS = {
    0: {
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range",
        "net.ipv4.ip_unprivileged_port_start",
    },
    27: {"net.ipv4.ip_local_reserved_ports"},
    29: {
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
    },
    32: {"net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"},
    37: {"net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat"},
}
_SELINUX_TYPES = {0: {"container_t", "container_init_t", "container_kvm_t"}, 31: {"container_engine_t"}}


def violations(pod: Pod, minor: int, level: str = "restricted") -> list[str]:
    """What the admission of Kubernetes 1.`minor` would refuse a pod, or a pod template, for: `check: what is wrong`."""
    if not OLDEST <= minor <= NEWEST:
        raise ValueError(f"the policy of 1.{minor} is not known here, but those of 1.{OLDEST} to 1.{NEWEST}")
    checks = dict(BASELINE)
    if level == "restricted":
        for name, (overridden, check) in RESTRICTED.items():
            checks.pop(overridden, None)
            checks[name] = check
    return [f"{name}: {problem}" for name, check in checks.items() for problem in check(pod, minor)]


def app_armor_profile(pod: Pod, minor: int) -> Iterator[str]:
    for place, context in _contexts(pod):
        profile = context.get("appArmorProfile")
        if profile is not None and profile.get("type") not in ("RuntimeDefault", "Localhost"):
            yield f"{place} has the profile {profile}"
    for key, value in _annotations(pod).items():
        is_allowed = value in ("", "runtime/default") or value.startswith("localhost/")
        if key.startswith("container.apparmor.security.beta.kubernetes.io/") and not is_allowed:
            yield f"annotation {key} is {value}"


def capabilities_baseline(pod: Pod, minor: int) -> Iterator[str]:
    yield from _added_capabilities(pod, _CAPABILITIES)


def host_namespaces(pod: Pod, minor: int) -> Iterator[str]:
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if pod["spec"].get(field):
            yield f"{field} is true"


def host_path_volumes(pod: Pod, minor: int) -> Iterator[str]:
    for volume in pod["spec"].get("volumes") or ():
        if volume.get("hostPath") is not None:
            yield f"volume {volume['name']} is a hostPath"


def host_ports(pod: Pod, minor: int) -> Iterator[str]:
    for container in _containers(pod):
        for port in container.get("ports") or ():
            if port.get("hostPort"):
                yield f"{container['name']} uses port {port['hostPort']} of the host"


def host_probes_and_host_lifecycle(pod: Pod, minor: int) -> Iterator[str]:
    if minor < 34:
        return
    for container in _containers(pod):
        lifecycle = container.get("lifecycle") or {}
        handlers = {name: container.get(name) for name in ("livenessProbe", "readinessProbe", "startupProbe")}
        for name, handler in {**handlers, **lifecycle}.items():
            for action in ("httpGet", "tcpSocket"):
                if host := ((handler or {}).get(action) or {}).get("host"):
                    yield f"{container['name']}: {name} names the host {host}"


def privileged(pod: Pod, minor: int) -> Iterator[str]:
    for container, context in _container_contexts(pod):
        if context.get("privileged"):
            yield f"{container['name']} is privileged"


def proc_mount(pod: Pod, minor: int) -> Iterator[str]:
    if minor < 35 or not _has_user_namespace(pod):
        yield from _unmasked_proc(pod)


def seccomp_profile_baseline(pod: Pod, minor: int) -> Iterator[str]:
    for place, context in _contexts(pod):
        if context.get("seccompProfile") is not None and not _has_seccomp_profile(context):
            yield f"{place} has the profile {context['seccompProfile']}"


def selinux_options(pod: Pod, minor: int) -> Iterator[str]:
    for place, context in _contexts(pod):
        options = context.get("seLinuxOptions") or {}
        if (kind := options.get("type")) and kind not in _allowed(_SELINUX_TYPES, minor):
            yield f"{place} has the type {kind}"
        for field in ("user", "role"):
            if options.get(field):
                yield f"{place} has the {field} {options[field]}"


def sysctls(pod: Pod, minor: int) -> Iterator[str]:
    for sysctl in _pod_context(pod).get("sysctls") or ():
        if sysctl["name"] not in _allowed(_SYSCTLS, minor):
            yield f"{sysctl['name']} is not allowed"


def windows_host_process(pod: Pod, minor: int) -> Iterator[str]:
    for place, context in _contexts(pod):
        if (context.get("windowsOptions") or {}).get("hostProcess"):
            yield f"{place} is a process of the host"


def allow_privilege_escalation(pod: Pod, minor: int) -> Iterator[str]:
    if _is_windows(pod):
        return
    for container, context in _container_contexts(pod):
        if context.get("allowPrivilegeEscalation") is not False:
            yield f"{container['name']} does not refuse it"


def capabilities_restricted(pod: Pod, minor: int) -> Iterator[str]:
    if _is_windows(pod):
        return
    for container, context in _container_contexts(pod):
        if "ALL" not in ((context.get("capabilities") or {}).get("drop") or ()):
            yield f"{container['name']} does not drop ALL"
    yield from _added_capabilities(pod, {"NET_BIND_SERVICE"})


def proc_mount_restricted(pod: Pod, minor: int) -> Iterator[str]:
    yield from _unmasked_proc(pod)


def restricted_volumes(pod: Pod, minor: int) -> Iterator[str]:
    for volume in pod["spec"].get("volumes") or ():
        # Of none, the API server makes an emptyDir before it asks.
        kinds = {field for field, value in volume.items() if value is not None} - {"name"}
        if kinds and not kinds & _VOLUMES:
            yield f"volume {volume['name']} is of {', '.join(sorted(kinds))}"


def run_as_non_root(pod: Pod, minor: int) -> Iterator[str]:
    if minor >= 35 and _has_user_namespace(pod):
        return
    of_pod = _pod_context(pod).get("runAsNonRoot")
    if of_pod is False:
        yield "pod may run as root"
    for container, context in _container_contexts(pod):
        own = context.get("runAsNonRoot")
        if own is False or (own is None and not of_pod):
            yield f"{container['name']} may run as root"


def run_as_user(pod: Pod, minor: int) -> Iterator[str]:
    if minor >= 35 and _has_user_namespace(pod):
        return
    for place, context in _contexts(pod):
        if context.get("runAsUser") == 0:
            yield f"{place} runs as root"


def seccomp_profile_restricted(pod: Pod, minor: int) -> Iterator[str]:
    if _is_windows(pod):
        return
    yield from seccomp_profile_baseline(pod, minor)
    if _has_seccomp_profile(_pod_context(pod)):
        return
    for container, context in _container_contexts(pod):
        if context.get("seccompProfile") is None:
            yield f"neither pod nor {container['name']} has a profile"


BASELINE: Mapping[str, Check] = {
    "appArmorProfile": app_armor_profile,
    "capabilities_baseline": capabilities_baseline,
    "hostNamespaces": host_namespaces,
    "hostPathVolumes": host_path_volumes,
    "hostPorts": host_ports,
    "hostProbesAndHostLifecycle": host_probes_and_host_lifecycle,
    "privileged": privileged,
    "procMount": proc_mount,
    "seLinuxOptions": selinux_options,
    "seccompProfile_baseline": seccomp_profile_baseline,
    "sysctls": sysctls,
    "windowsHostProcess": windows_host_process,
}
# With the check of the baseline, if any, in whose place each stands.
RESTRICTED: Mapping[str, tuple[str, Check]] = {
    "allowPrivilegeEscalation": ("", allow_privilege_escalation),
    "capabilities_restricted": ("capabilities_baseline", capabilities_restricted),
    "procMount_restricted": ("procMount", proc_mount_restricted),
    "restrictedVolumes": ("hostPathVolumes", restricted_volumes),
    "runAsNonRoot": ("", run_as_non_root),
    "runAsUser": ("", run_as_user),
    "seccompProfile_restricted": ("seccompProfile_baseline", seccomp_profile_restricted),
}


def _allowed(values: Mapping[int, set[str]], minor: int) -> set[str]:
    return {value for since, added in values.items() if since <= minor for value in added}


def _containers(pod: Pod) -> Iterator[Mapping[str, Any]]:
    for field in ("initContainers", "containers", "ephemeralContainers"):
        yield from pod["spec"].get(field) or ()


def _pod_context(pod: Pod) -> Mapping[str, Any]:
    context: Mapping[str, Any] = pod["spec"].get("securityContext") or {}
    return context


def _container_contexts(pod: Pod) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    for container in _containers(pod):
        yield container, container.get("securityContext") or {}


def _contexts(pod: Pod) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield "pod", _pod_context(pod)
    for container, context in _container_contexts(pod):
        yield container["name"], context


def _annotations(pod: Pod) -> Mapping[str, str]:
    annotations: Mapping[str, str] = (pod.get("metadata") or {}).get("annotations") or {}
    return annotations


def _is_windows(pod: Pod) -> bool:
    """Windows has none of this, and the API server refuses such a pod that sets it."""
    return (pod["spec"].get("os") or {}).get("name") == "windows"


def _has_user_namespace(pod: Pod) -> bool:
    return pod["spec"].get("hostUsers") is False


def _has_seccomp_profile(context: Mapping[str, Any]) -> bool:
    return (context.get("seccompProfile") or {}).get("type") in ("RuntimeDefault", "Localhost")


def _unmasked_proc(pod: Pod) -> Iterator[str]:
    for container, context in _container_contexts(pod):
        if context.get("procMount") not in (None, "Default"):
            yield f"{container['name']} has procMount {context['procMount']}"


def _added_capabilities(pod: Pod, allowed: set[str]) -> Iterator[str]:
    for container, context in _container_contexts(pod):
        if added := set((context.get("capabilities") or {}).get("add") or ()) - allowed:
            yield f"{container['name']} adds {', '.join(sorted(added))}"
