"""Pod Security as Kubernetes applies it: by our table, on any pod, and on Kubernetes' own fixtures where they lie.

`make e2e` asks the API server about drawn pods.
"""

import os
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kubecheck.evaluators.pod_security import BASELINE, LEVELS, NEWEST, OLDEST, RESTRICTED, violations
from kubecheck.objects.version import Version

from ...charts.dist import ROOT, Object
from .drawn_pods import GONE, HARDENED, pods, put

FIXTURES = Path(os.environ.get("POD_SECURITY") or ROOT.parent / "shared/pod-security")

VERSIONS = [Version(1, minor) for minor in range(OLDEST.minor, NEWEST.minor + 1)]
ANNOTATION = "container.apparmor.security.beta.kubernetes.io/shell"
POD, SHELL = "spec.securityContext", "spec.containers.0.securityContext"
SAFE_VOLUMES = (
    *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected"),
    "secret",
)
OTHER_VOLUMES = ("nfs", "iscsi", "fc", "gitRepo", "awsElasticBlockStore", "azureFile", "cephfs", "rbd")
SAFE_CAPABILITIES = (
    *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "SETFCAP", "SETGID", "SETPCAP"),
    *("SETUID", "SYS_CHROOT"),
)


def hardened(fields: Mapping[str, Any]) -> Object:
    """With fields made otherwise, by their path: dots, and numbers for the items of lists."""
    pod = deepcopy(HARDENED)
    for path, value in fields.items():
        put(pod, path, value)
    return pod


def controls(pod: Object, level: str, version: Version = NEWEST) -> set[str]:
    """Those that refuse it."""
    return {violation.control for violation in violations(pod, level, version)}


def volume(*kinds: str) -> list[Object]:
    return [{"name": "disk", **{kind: {} for kind in kinds}}]


def both(field: str, *values: Any) -> Iterator[tuple[str, Any]]:
    """A field that the pod has and the container too."""
    for value in values:
        yield f"{POD}.{field}", value
        yield f"{SHELL}.{field}", value


def probes(**host: str) -> Iterator[tuple[str, Any]]:
    for handler in ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle.postStart", "lifecycle.preStop"):
        for action in ("httpGet", "tcpSocket"):
            yield f"spec.containers.0.{handler}", {action: {"port": 80, **host}}


# Fields and values that the control of a level refuses, and those that no level does.
Case = tuple[str, Any]
TABLE: dict[tuple[str, str], tuple[list[Case], list[Case]]] = {
    ("appArmorProfile", "appArmorProfile"): (
        [
            *both("appArmorProfile", {"type": "Unconfined"}, {}),
            ("metadata.annotations", {ANNOTATION: "unconfined"}),
        ],
        [
            *both("appArmorProfile", {"type": "RuntimeDefault"}, {"type": "Localhost"}, None),
            *(("metadata.annotations", {ANNOTATION: value}) for value in ("", "runtime/default", "localhost/shop")),
            ("metadata.annotations", {"example.com/profile": "unconfined"}),
        ],
    ),
    ("capabilities_baseline", "capabilities_restricted"): (
        [(f"{SHELL}.capabilities.add", added) for added in (["NET_RAW"], ["SYS_ADMIN"], ["ALL"], ["CHOWN", "BPF"])],
        [(f"{SHELL}.capabilities.add", added) for added in ([], None, ["NET_BIND_SERVICE"])],
    ),
    ("", "capabilities_restricted"): (
        [
            *((f"{SHELL}.capabilities.add", [added]) for added in SAFE_CAPABILITIES),
            *((f"{SHELL}.capabilities.drop", dropped) for dropped in (GONE, [], ["NET_RAW"], ["all"])),
            (f"{SHELL}.capabilities", GONE),
        ],
        [(f"{SHELL}.capabilities.drop", ["NET_RAW", "ALL"])],
    ),
    ("hostNamespaces", "hostNamespaces"): (
        [(f"spec.{field}", True) for field in ("hostNetwork", "hostPID", "hostIPC")],
        [(f"spec.{field}", False) for field in ("hostNetwork", "hostPID", "hostIPC")],
    ),
    ("hostPathVolumes", "restrictedVolumes"): (
        [("spec.volumes", volume("hostPath"))],
        [("spec.volumes", volume(*kind)) for kind in ((), *((kind,) for kind in SAFE_VOLUMES))],
    ),
    ("", "restrictedVolumes"): ([("spec.volumes", volume(kind)) for kind in OTHER_VOLUMES], []),
    ("hostPorts", "hostPorts"): (
        [("spec.containers.0.ports", [{"containerPort": 80}, {"containerPort": 81, "hostPort": 81}])],
        [("spec.containers.0.ports", [{"containerPort": 80}, {"containerPort": 81, "hostPort": 0}])],
    ),
    ("hostProbesAndHostLifecycle", "hostProbesAndHostLifecycle"): (
        [*probes(host="127.0.0.1")],
        [*probes(), *probes(host=""), ("spec.containers.0.livenessProbe", {"exec": {"command": ["true"]}})],
    ),
    ("privileged", "privileged"): ([(f"{SHELL}.privileged", True)], [(f"{SHELL}.privileged", False)]),
    ("procMount", "procMount_restricted"): (
        [(f"{SHELL}.procMount", "Unmasked")],
        [(f"{SHELL}.procMount", "Default")],
    ),
    ("seLinuxOptions", "seLinuxOptions"): (
        [*both("seLinuxOptions", {"type": "spc_t"}, {"user": "system_u"}, {"role": "system_r"})],
        [
            *both("seLinuxOptions", {}, {"type": ""}, {"level": "s0:c1", "user": "", "role": ""}),
            *both("seLinuxOptions", {"type": "container_t"}, {"type": "container_init_t"}),
            *both("seLinuxOptions", {"type": "container_kvm_t"}, {"type": "container_engine_t"}),
        ],
    ),
    ("seccompProfile_baseline", "seccompProfile_restricted"): (
        [*both("seccompProfile", {"type": "Unconfined"}, {})],
        [*both("seccompProfile", {"type": "RuntimeDefault"}, {"type": "Localhost"})],
    ),
    ("", "seccompProfile_restricted"): (
        [(f"{POD}.seccompProfile", GONE), (POD, {"runAsNonRoot": True})],
        [(f"{SHELL}.seccompProfile", GONE)],
    ),
    ("sysctls", "sysctls"): (
        [(f"{POD}.sysctls", [{"name": name}]) for name in ("kernel.msgmax", "net.ipv4.ip_forward")],
        [
            (f"{POD}.sysctls", [{"name": "kernel.shm_rmid_forced"}]),
            *(
                (f"{POD}.sysctls", [{"name": f"net.ipv4.{name}"}])
                for name in ("ip_local_port_range", "tcp_syncookies", "ping_group_range", "ip_unprivileged_port_start")
            ),
        ],
    ),
    ("windowsHostProcess", "windowsHostProcess"): (
        [*both("windowsOptions", {"hostProcess": True})],
        [*both("windowsOptions", {}, {"hostProcess": False})],
    ),
    ("", "allowPrivilegeEscalation"): (
        [(f"{SHELL}.allowPrivilegeEscalation", value) for value in (True, GONE, None)],
        [(f"{SHELL}.allowPrivilegeEscalation", False)],
    ),
    ("", "runAsNonRoot"): (
        [*both("runAsNonRoot", False), (f"{POD}.runAsNonRoot", GONE)],
        [*both("runAsNonRoot", True), (f"{SHELL}.runAsNonRoot", GONE)],
    ),
    ("", "runAsUser"): ([*both("runAsUser", 0)], [*both("runAsUser", 10001, None)]),
}
REFUSED = [(of, path, value) for of, (refused, _) in TABLE.items() for path, value in refused]
ADMITTED = [(path, value) for _, admitted in TABLE.values() for path, value in admitted]


def test_every_control_is_in_the_table() -> None:
    assert {control for of in TABLE for control in of} - {""} == {*BASELINE, *RESTRICTED}


def test_a_hardened_pod_is_admitted_by_every_policy() -> None:
    assert [violations(HARDENED, level, version) for level in LEVELS for version in VERSIONS] == [[]] * 39


@pytest.mark.parametrize(("of", "path", "value"), REFUSED)
def test_what_a_control_refuses_no_other_does(of: tuple[str, str], path: str, value: Any) -> None:
    baseline, restricted = of
    pod = hardened({path: value})
    assert controls(pod, "privileged") == set()
    assert controls(pod, "baseline") == {baseline} - {""}
    assert controls(pod, "restricted") == {restricted}


@pytest.mark.parametrize(("path", "value"), ADMITTED)
def test_what_no_control_refuses_is_admitted(path: str, value: Any) -> None:
    pod = hardened({path: value})
    assert [violations(pod, level, NEWEST) for level in LEVELS] == [[], [], []]


@pytest.mark.parametrize("kind", ["initContainers", "ephemeralContainers"])
def test_every_kind_of_container_is_asked(kind: str) -> None:
    for (_, restricted), path, value in REFUSED:
        if path.startswith("spec.containers.0"):
            pod = hardened({f"spec.{kind}": [{**HARDENED["spec"]["containers"][0], "name": "first"}]})
            put(pod, path.replace("containers", kind), value)
            assert controls(pod, "restricted") == {restricted}, path


IN_A_USER_NAMESPACE = {"spec.hostUsers": False}


@pytest.mark.parametrize(
    ("fields", "level", "control", "since"),
    [
        *(
            ({f"{POD}.sysctls": [{"name": f"net.ipv4.{name}"}]}, "baseline", "sysctls", since)
            for since, names in {
                27: ["ip_local_reserved_ports"],
                29: ["tcp_keepalive_time", "tcp_fin_timeout", "tcp_keepalive_intvl", "tcp_keepalive_probes"],
                32: ["tcp_rmem", "tcp_wmem"],
                37: ["tcp_slow_start_after_idle", "tcp_notsent_lowat"],
            }.items()
            for name in names
        ),
        ({f"{POD}.seLinuxOptions": {"type": "container_engine_t"}}, "baseline", "seLinuxOptions", 31),
        ({**IN_A_USER_NAMESPACE, f"{SHELL}.procMount": "Unmasked"}, "baseline", "procMount", 35),
        ({**IN_A_USER_NAMESPACE, f"{POD}.runAsNonRoot": False}, "restricted", "runAsNonRoot", 35),
        ({**IN_A_USER_NAMESPACE, f"{POD}.runAsUser": 0}, "restricted", "runAsUser", 35),
    ],
)
def test_what_a_version_allows_those_before_refused(fields: Object, level: str, control: str, since: int) -> None:
    refused = [version for version in VERSIONS if controls(hardened(fields), level, version)]
    assert refused == [version for version in VERSIONS if version.minor < since]
    assert controls(hardened(fields), level, Version(1, since - 1)) == {control}


@pytest.mark.parametrize("level", ["baseline", "restricted"])
def test_hosts_of_probes_are_refused_since_1_34(level: str) -> None:
    pod = hardened(dict(probes(host="127.0.0.1")))
    assert [bool(controls(pod, level, version)) for version in VERSIONS] == [v.minor >= 34 for v in VERSIONS]


def test_an_unmasked_proc_is_refused_by_restricted_in_a_user_namespace_too() -> None:
    pod = hardened({**IN_A_USER_NAMESPACE, f"{SHELL}.procMount": "Unmasked"})
    assert controls(pod, "restricted", Version(1, 34)) == {"procMount"}
    assert controls(pod, "restricted", Version(1, 35)) == {"procMount_restricted"}


def test_a_windows_pod_needs_none_of_what_windows_has_not() -> None:
    windows = {"containers": [{"name": "shell"}], "securityContext": {"runAsNonRoot": True}}
    needed = {"allowPrivilegeEscalation", "capabilities_restricted", "seccompProfile_restricted"}
    assert controls({"spec": {**windows, "os": {"name": "windows"}}}, "restricted") == set()
    for system in ({"name": "linux"}, {}, None):
        assert controls({"spec": {**windows, "os": system}}, "restricted") == needed


def test_a_pod_that_may_run_as_root_is_refused_though_no_container_may() -> None:
    containers = ("initContainers.0", "containers.0", "containers.1")
    forbidden = {f"spec.{container}.securityContext.runAsNonRoot": True for container in containers}
    (violation,) = violations(hardened({f"{POD}.runAsNonRoot": False, **forbidden}), "restricted", NEWEST)
    assert str(violation) == "runAsNonRoot: the pod may run as root; set runAsNonRoot: true"


def test_a_violation_says_where_what_and_the_way_out() -> None:
    (violation,) = violations(hardened({f"{SHELL}.capabilities.add": ["BPF", "ALL"]}), "restricted", NEWEST)
    said = "capabilities_restricted: container shell adds ALL, BPF; leave that out; allowed are NET_BIND_SERVICE"
    assert str(violation) == said


@pytest.mark.parametrize("version", [Version(1, 24), Version(1, 38), Version(2, 30)])
def test_a_policy_that_is_not_known_is_not_guessed(version: Version) -> None:
    with pytest.raises(ValueError, match=f"policy of {version} is not known here, but those of 1.25 to 1.37"):
        violations(HARDENED, "baseline", version)


def test_a_level_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="'strict' is no level of Pod Security; use one of privileged, baseline"):
        violations(HARDENED, "strict", NEWEST)


@pytest.mark.parametrize(
    ("path", "value", "control"),
    [
        ("spec.hostNetwork", "true", "hostNamespaces"),
        (f"{SHELL}.capabilities.add", "ALL", "capabilities_restricted"),
        (f"{SHELL}.capabilities.add", [{"name": "ALL"}], "capabilities_restricted"),
        (f"{SHELL}.seccompProfile", "Unconfined", "seccompProfile_restricted"),
        (f"{POD}.sysctls", [{"name": ["kernel.msgmax"]}], "sysctls"),
        (f"{POD}.seLinuxOptions", {"type": ["spc_t"]}, "seLinuxOptions"),
        ("spec.volumes", [{"name": "disk", 1: {}, "nfs": {}}], "restrictedVolumes"),
        ("metadata.annotations", {ANNOTATION: 1}, "appArmorProfile"),
    ],
)
def test_a_value_of_another_type_does_not_pass_for_a_right_one(path: str, value: Any, control: str) -> None:
    assert controls(hardened({path: value}), "restricted") == {control}


JUNK = st.sampled_from([None, True, 0, -1.5, "", "text", [], [None], [[]], ["text"], {}, {"name": 1}, {1: {}}])


@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(pod=pods(fields=6), data=st.data())
def test_a_malformed_pod_is_judged_too(pod: Object, data: st.DataObject) -> None:
    whole = {"pod": pod}
    place, key = data.draw(st.sampled_from([*places(whole)]))
    place[key] = data.draw(JUNK)
    for version in (OLDEST, NEWEST):
        assert all(map(str, violations(whole["pod"], "restricted", version)))


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each mapping and list at any depth, with each of its keys."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield value, key
        yield from places(item)


CONTROLS = {control.lower(): control for control in (*BASELINE, *RESTRICTED)}
# What some fixtures of a control break as well.
ALSO = {
    "allowPrivilegeEscalation": {"capabilities_restricted"},
    "privileged": {"allowPrivilegeEscalation"},
    "windowsHostProcess": {"hostNamespaces"},
}


def test_every_fixture_of_kubernetes_gives_its_verdict() -> None:
    """LEVEL/VERSION/pass and fail; each in `fail` is named for the control that must refuse it."""
    files = sorted(FIXTURES.glob("*/*/*/*.yaml"))
    if not files:
        pytest.skip(f"Kubernetes' Pod Security fixtures are not in {FIXTURES}; POD_SECURITY names another folder")
    wrong, seen = [], set()
    for file in files:
        level, of, verdict, _ = file.relative_to(FIXTURES).parts
        version = Version(1, int(of.removeprefix("v1.")))
        found = controls(yaml.load(file.read_text(), yaml.CSafeLoader), level, version)
        expected = set()
        if verdict == "fail":
            control = CONTROLS[file.stem.rstrip("0123456789")]
            expected = {restricted_instead(control, version) if level == "restricted" else control}
            seen |= expected
        if found - ALSO.get("".join(expected), set()) != expected:
            wrong.append((str(file.relative_to(FIXTURES)), found))
    assert wrong == []
    assert seen == {*BASELINE, *RESTRICTED}


def restricted_instead(control: str, version: Version) -> str:
    """The control of restricted that stands for one of the baseline."""
    stands = [name for name, each in RESTRICTED.items() if each.instead_of == control and each.since <= version.minor]
    return stands[0] if stands else control
