"""The policy judges as Kubernetes' own does: on the fixtures of kubernetes/pod-security-admission, see README.md."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from .policy import BASELINE, NEWEST, OLDEST, RESTRICTED, violations

TESTDATA = Path(__file__).parent / "testdata"

CHECKS = {name.lower(): name for name in (*BASELINE, *RESTRICTED)}
OVERRIDDEN = {overridden: name for name, (overridden, _) in RESTRICTED.items() if overridden}
# What some fixtures of a check break as well.
ALSO = {
    "allowPrivilegeEscalation": {"capabilities_restricted"},
    "privileged": {"allowPrivilegeEscalation"},
    "windowsHostProcess": {"hostNamespaces"},
}


def folders(verdict: str) -> pytest.MarkDecorator:
    found = sorted(str(folder.relative_to(TESTDATA)) for folder in TESTDATA.glob(f"*/*/{verdict}"))
    assert len(found) == 6
    return pytest.mark.parametrize("folder", found)


def failed(file: Path, minor: int | None = None) -> set[str]:
    """The checks that a fixture fails, of its own level and, unless told otherwise, its own version."""
    level, version, _, _ = file.relative_to(TESTDATA).parts
    pod = yaml.load(file.read_text(), yaml.CSafeLoader)
    found = violations(pod, minor or int(version.removeprefix("v1.")), level)
    return {problem.partition(":")[0] for problem in found}


def check_of(file: Path) -> str:
    check = CHECKS[file.stem.rstrip("0123456789")]
    return OVERRIDDEN.get(check, check) if "restricted" in file.parts else check


@folders("pass")
def test_what_kubernetes_admits_passes(folder: str) -> None:
    assert {file.name: failed(file) for file in (TESTDATA / folder).iterdir() if failed(file)} == {}


@folders("fail")
def test_what_kubernetes_refuses_fails_the_check_that_the_file_is_named_for(folder: str) -> None:
    files = list((TESTDATA / folder).iterdir())
    told = {file.name: failed(file) - ALSO.get(check_of(file), set()) for file in files}
    assert told == {file.name: {check_of(file)} for file in files}


def test_every_check_has_a_fixture_that_it_refuses() -> None:
    files = [file for level in ("baseline", "restricted") for file in (TESTDATA / level / "v1.37/fail").iterdir()]
    assert {check_of(file) for file in files} == {*BASELINE, *RESTRICTED}


def spec(**fields: Any) -> Any:
    return {"spec": {"containers": [{"name": "shell", "securityContext": SAFE}], **fields}}


SAFE = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True}
DEFAULT = {"type": "RuntimeDefault"}
AS_ROOT = {"runAsNonRoot": False, "runAsUser": 0, "seccompProfile": DEFAULT}


# What the fixtures do not reach.
@pytest.mark.parametrize(
    ("pod", "since", "checks"),
    [
        *(
            pytest.param(spec(securityContext={"sysctls": [{"name": name}]}), minor, {"sysctls"}, id=name)
            for minor, names in {
                27: ["ip_local_reserved_ports"],
                29: ["tcp_keepalive_time", "tcp_fin_timeout", "tcp_keepalive_intvl", "tcp_keepalive_probes"],
                32: ["tcp_rmem", "tcp_wmem"],
                37: ["tcp_slow_start_after_idle", "tcp_notsent_lowat"],
            }.items()
            for name in (f"net.ipv4.{name}" for name in names)
        ),
        pytest.param(
            spec(securityContext={"seLinuxOptions": {"type": "container_engine_t"}}), 31, {"seLinuxOptions"}, id="type"
        ),
        pytest.param(
            spec(securityContext=AS_ROOT, hostUsers=False), 35, {"runAsNonRoot", "runAsUser"}, id="root of a namespace"
        ),
    ],
)
def test_what_is_allowed_since_a_version_was_not_before(pod: Any, since: int, checks: set[str]) -> None:
    level = "restricted" if "runAsUser" in checks else "baseline"
    assert {problem.partition(":")[0] for problem in violations(pod, since - 1, level)} == checks
    assert violations(pod, since, level) == []


def test_an_unmasked_proc_is_allowed_in_a_user_namespace_since_1_35() -> None:
    file = TESTDATA / "baseline/v1.37/pass/procmount1.yaml"
    assert (failed(file, 34), failed(file, 35)) == ({"procMount"}, set())


def test_hosts_of_probes_are_refused_since_1_34() -> None:
    for file in (TESTDATA / "restricted/v1.37/fail").glob("hostprobes*"):
        assert failed(file, 33) == set()
        assert failed(file, 34) == {"hostProbesAndHostLifecycle"}


@pytest.mark.parametrize("kind", ["initContainers", "containers", "ephemeralContainers"])
def test_every_kind_of_container_is_asked(kind: str) -> None:
    pod = {"spec": {kind: [{"name": "shell", "securityContext": {"privileged": True}}]}}
    assert violations(pod, NEWEST, "baseline") == ["privileged: shell is privileged"]


@pytest.mark.parametrize(
    ("pod", "problems"),
    [
        pytest.param(
            spec(securityContext={"appArmorProfile": {"type": "Unconfined"}, "seccompProfile": DEFAULT}),
            ["appArmorProfile: pod has the profile {'type': 'Unconfined'}"],
            id="a profile of the pod",
        ),
        pytest.param(
            spec(securityContext={"runAsNonRoot": False, "seccompProfile": DEFAULT}),
            ["runAsNonRoot: pod may run as root"],
            id="a pod that allows root though no container does",
        ),
        pytest.param(
            spec(
                securityContext={"seccompProfile": DEFAULT},
                volumes=[{"name": kind, kind: {}} for kind in ("csi", "ephemeral", "image", "emptyDir")],
            ),
            [],
            id="volumes of every allowed kind",
        ),
    ],
)
def test_restricted_judges_what_the_fixtures_leave_out(pod: Any, problems: list[str]) -> None:
    assert violations(pod, NEWEST) == problems


def test_baseline_refuses_no_volume_but_of_the_host() -> None:
    pod = spec(volumes=[{"name": "disk", "nfs": {}}, {"name": "node", "hostPath": {}}])
    assert violations(pod, NEWEST, "baseline") == ["hostPathVolumes: volume node is a hostPath"]


@pytest.mark.parametrize("minor", [OLDEST - 1, NEWEST + 1])
def test_a_policy_that_is_not_known_here_is_not_guessed(minor: int) -> None:
    with pytest.raises(ValueError, match=f"policy of 1.{minor} is not known"):
        violations({"spec": {}}, minor)
