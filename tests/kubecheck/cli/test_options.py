"""What the options change in what is found, and what --explain and --list say."""

import pytest

from kubecheck import CHECKS
from kubecheck.cli.explain import abridged

from .manifests import BAD, GOOD, SERVICE
from .program import Run

SECRET = GOOD.replace("    image:", "    envFrom: [{secretRef: {name: license}}]\n    image:")


@pytest.mark.parametrize("pattern", ["Secret/shop/license", "Secret/*/lic*", "*/license"])
def test_external_says_what_someone_else_makes(run: Run, pattern: str) -> None:
    assert run("-", stdin=SECRET).code == 1
    assert run("--external", pattern, "-", stdin=SECRET).code == 0


def test_external_says_whose_pods_someone_else_makes(run: Run) -> None:
    assert run("--external", "Pod/shop/app=web", "-", stdin=BAD).code == 0


def test_public_says_what_is_no_credential(run: Run) -> None:
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\ndata: {API_TOKEN: 5d41402abc4b}\n"
    assert "plain-credential" in run("-", stdin=config).out
    assert run("--public", "API_TOKEN", "-", stdin=config).code == 0


def test_kubernetes_says_for_which_version(run: Run) -> None:
    policy = (
        "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: a}\nspec: {}\n"
    )
    assert run("-", stdin=policy).code == 0
    ended = run("--kubernetes", "1.29", "-", stdin=policy)
    assert "unavailable-kind" in ended.out
    assert "for Kubernetes 1.29: 1 finding" in ended.out


def test_namespace_says_where_objects_are_that_say_none(run: Run) -> None:
    service = SERVICE.replace("  namespace: shop\n", "")
    other = GOOD.partition("---")[0].replace("shop", "elsewhere")
    both = f"{service}---\n{other}---\n{other.replace('name: api', 'name: b').replace('elsewhere', 'shop')}"
    assert run("--namespace", "shop", "-", stdin=both).code == 0
    assert "selects no pods in namespace other" in run("-n", "other", "-", stdin=both).out


def test_without_it_objects_without_a_namespace_belong_together(run: Run) -> None:
    assert run("-", stdin=GOOD.replace("  namespace: shop\n", "")).code == 0
    mixed = GOOD.replace("  namespace: shop\n", "", 1)
    assert "selects no pods in namespace shop" in run("-", stdin=mixed).out
    assert run("-", stdin=f"# Source: shop/templates/api.yaml\n{mixed}").code == 0


def test_a_waiver_with_its_reason_takes_a_finding_away(run: Run) -> None:
    assert run("--waive", "dangling-service Service/shop/api: made by hand", "-", stdin=BAD).code == 0
    annotated = BAD.replace(
        "kind: Service\nmetadata:\n",
        "kind: Service\nmetadata:\n  annotations: {waive.kubecheck/dangling-service: made by hand}\n",
    )
    assert run("-", stdin=annotated).code == 0


def test_a_waiver_that_nobody_needs_is_told(run: Run) -> None:
    ended = run("--waive", "dangling-service Service/shop/*: made by hand", "-", stdin=GOOD)
    assert ended.code == 1
    assert ended.out.startswith("the command line\n")
    assert "unused-waiver" in ended.out


def test_a_waiver_of_what_cannot_be_waived_is_told(run: Run) -> None:
    ended = run("--waive", "object-name Pod/shop/*: old", "-", stdin=GOOD)
    assert ended.code == 1
    assert "unwaivable-check" in ended.out


def test_an_object_name_in_a_waiver_may_have_colons(run: Run) -> None:
    binding = (
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: 'shop:api'}\n"
        "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: nobody}\n"
    )
    assert "unknown-role" in run("-", stdin=binding).out
    assert run("--waive", "unknown-role ClusterRoleBinding/shop:api: its operator: later", "-", stdin=binding).code == 0


@pytest.mark.parametrize("id", [*CHECKS, "unreadable"])
def test_explain_says_why_and_the_way_out(run: Run, id: str) -> None:
    ended = run("--explain", id)
    assert ended.code == 0
    words = " ".join(ended.out.split())
    if id in CHECKS:
        check = CHECKS[id]
        for text in (check.why, check.way_out, abridged(check.bad), abridged(check.good)):
            assert " ".join(text.split()) in words
        assert ("cannot be waived" in words) is not check.waivable
    assert ended.out.startswith(f"{id}\n")


def test_list_has_a_line_for_each_check(run: Run) -> None:
    ended = run("--list")
    assert [line.split()[0] for line in ended.out.splitlines()] == [*CHECKS, "unreadable"]
    assert max(map(len, ended.out.splitlines())) <= 120


def test_a_key_that_stands_twice_is_found(run: Run) -> None:
    ended = run("-", stdin=GOOD.replace("    app: api\n", "    app: web\n    app: api\n"))
    assert ended.code == 1
    assert "duplicate-key  Pod api: on line 8 'app' stands for the second time" in ended.out
