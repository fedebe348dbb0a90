"""Every pod is hardened: each rule on the pod template of every workload."""

import pytest
from constructs_revrx import Image
from cdk8s import App, Chart

from kubecheck.evaluators.pod_security import violations
from kubecheck.objects.version import NEWEST, OLDEST

from ..properties.shop import (
    PINNED,
    SMALL,
    TAGGED,
    WORKLOADS,
    Object,
    Recipe,
    container,
    containers,
    pod_template,
)

every_workload = pytest.mark.parametrize("recipe", WORKLOADS.values(), ids=WORKLOADS)


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Object]:
    """Made once, for tests that only read."""
    app = App(outdir=str(tmp_path_factory.mktemp("dist")))
    found = {}
    for recipe in WORKLOADS.values():
        found[recipe.id, "minimal"] = pod_template(recipe(recipe.chart(app, f"minimal-{recipe.id}")))
        found[recipe.id, "everything"] = pod_template(recipe.everything(recipe.chart(app, recipe.id)))
    return found


@pytest.fixture(params=["minimal", "everything"])
def template(request: pytest.FixtureRequest, recipe: Recipe, templates: dict[tuple[str, str], Object]) -> Object:
    return templates[recipe.id, request.param]


@every_workload
def test_runs_as_uid_and_gid_10001_by_default(templates: dict[tuple[str, str], Object], recipe: Recipe) -> None:
    security = templates[recipe.id, "minimal"]["spec"]["securityContext"]
    assert (security["runAsUser"], security["runAsGroup"], security["fsGroup"]) == (10001, 10001, 10001)


@every_workload
def test_never_runs_as_root(template: Object) -> None:
    security = template["spec"]["securityContext"]
    assert security["runAsNonRoot"] is True
    assert 0 not in (security["runAsUser"], security["runAsGroup"], security["fsGroup"])
    for each in containers(template):
        assert not {"runAsUser", "runAsGroup", "runAsNonRoot"} & each["securityContext"].keys()


@every_workload
def test_volumes_are_handed_over_to_the_group_only_when_they_must_be(template: Object) -> None:
    assert template["spec"]["securityContext"]["fsGroupChangePolicy"] == "OnRootMismatch"


@every_workload
def test_every_supported_kubernetes_admits_it_as_restricted(template: Object) -> None:
    assert [violations(template, "restricted", version) for version in (OLDEST, NEWEST)] == [[], []]


@every_workload
def test_the_seccomp_profile_is_the_runtime_s_own(template: Object) -> None:
    assert template["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}


@every_workload
def test_has_no_capability(template: Object) -> None:
    for each in containers(template):
        assert each["securityContext"]["allowPrivilegeEscalation"] is False
        assert each["securityContext"]["capabilities"] == {"drop": ["ALL"]}


@every_workload
def test_the_root_file_system_is_read_only(template: Object) -> None:
    for each in containers(template):
        assert each["securityContext"]["readOnlyRootFilesystem"] is True


@every_workload
def test_every_container_has_requests_and_limits(template: Object) -> None:
    for each in containers(template):
        for kind in ("requests", "limits"):
            assert each["resources"][kind].keys() == {"cpu", "memory", "ephemeral-storage"}


@every_workload
def test_requests_and_limits_are_those_asked_for(chart: Chart, recipe: Recipe) -> None:
    assert container(recipe(chart, resources=SMALL))["resources"] == {
        "requests": {"cpu": "100m", "memory": "256Mi", "ephemeral-storage": "256Mi"},
        "limits": {"cpu": "500m", "memory": "1Gi", "ephemeral-storage": "1Gi"},
    }


@every_workload
def test_volumes_are_sized_empty_dirs_secrets_config_maps_and_claims(template: Object) -> None:
    for volume in template["spec"]["volumes"]:
        ((kind, options),) = ((key, value) for key, value in volume.items() if key != "name")
        assert kind in ("emptyDir", "secret", "configMap", "persistentVolumeClaim", "ephemeral", "projected")
        assert kind != "emptyDir" or options["sizeLimit"]


@every_workload
def test_every_volume_is_mounted_once_and_every_mount_has_its_volume(template: Object) -> None:
    volumes = [volume["name"] for volume in template["spec"]["volumes"]]
    assert len(set(volumes)) == len(volumes)
    for each in containers(template):
        paths = [mount["mountPath"] for mount in each["volumeMounts"]]
        assert len(set(paths)) == len(paths)
    assert {mount["name"] for each in containers(template) for mount in each["volumeMounts"]} == set(volumes)


@every_workload
def test_temporary_files_have_a_place(chart: Chart, recipe: Recipe) -> None:
    paths = [mount["mountPath"] for mount in container(recipe(chart)).get("volumeMounts", [])]
    # Redis writes nothing but its data and the file with its password; RabbitMQ is told in `everything`.
    assert ("/tmp" in paths) == (recipe.id not in ("redis", "rabbitmq"))


@every_workload
def test_gets_no_token_for_the_api_server(chart: Chart, recipe: Recipe) -> None:
    workload = recipe(chart)
    assert pod_template(workload)["spec"]["automountServiceAccountToken"] is False
    assert workload.service_account.to_json()["automountServiceAccountToken"] is False


@every_workload
def test_has_a_service_account_of_its_own(chart: Chart, recipe: Recipe) -> None:
    workload = recipe(chart)
    assert workload.service_account.name == recipe.id
    assert pod_template(workload)["spec"]["serviceAccountName"] == recipe.id


@every_workload
def test_other_services_do_not_become_environment_variables(template: Object) -> None:
    assert template["spec"]["enableServiceLinks"] is False


@every_workload
def test_the_container_is_named_as_its_workload(template: Object, recipe: Recipe) -> None:
    assert template["spec"]["containers"][0]["name"] == recipe.id


@every_workload
@pytest.mark.parametrize(
    ("image", "policy"),
    [
        pytest.param(TAGGED, "Always", id="tag"),
        pytest.param(Image("shop/app@sha256:" + "0" * 64), "IfNotPresent", id="digest"),
        pytest.param(PINNED, "IfNotPresent", id="tag-and-digest"),
    ],
)
def test_pulls_always_what_a_tag_can_move_and_once_what_a_digest_fixes(
    chart: Chart, recipe: Recipe, image: Image, policy: str
) -> None:
    only = container(recipe(chart, image=image))
    assert (only["image"], only["imagePullPolicy"]) == (image.reference, policy)
