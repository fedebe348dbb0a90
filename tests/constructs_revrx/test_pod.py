"""Every pod is hardened: each rule on the pod template of every workload."""

import pytest
from constructs_revrx import Image, Secret
from cdk8s import App, Chart
from constructs_revrx._pod import UID

from .shop import (
    APP_SECRET,
    CERTIFICATES,
    PINNED,
    SMALL,
    TAGGED,
    WORKLOADS,
    Object,
    Recipe,
    config_map,
    container,
    pod_template,
    suspended_cron_job,
    web_service,
    worker,
)

every_workload = pytest.mark.parametrize("recipe", WORKLOADS.values(), ids=WORKLOADS)

WITH_SCRATCH = {"web-service": web_service, "worker": worker, "suspended-cron-job": suspended_cron_job}
with_scratch = pytest.mark.parametrize("recipe", WITH_SCRATCH.values(), ids=WITH_SCRATCH)


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
def test_runs_as_uid_and_gid_10001_and_never_as_root(template: Object) -> None:
    security = template["spec"]["securityContext"]
    assert security["runAsNonRoot"] is True
    assert (security["runAsUser"], security["runAsGroup"], security["fsGroup"]) == (UID, UID, UID) == (10001,) * 3
    for each in template["spec"]["containers"]:
        assert not {"runAsUser", "runAsGroup", "runAsNonRoot"} & each["securityContext"].keys()


@every_workload
def test_volumes_are_handed_over_to_the_group_only_when_they_must_be(template: Object) -> None:
    assert template["spec"]["securityContext"]["fsGroupChangePolicy"] == "OnRootMismatch"


@every_workload
def test_is_what_pod_security_restricted_admits(template: Object) -> None:
    assert template["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for each in template["spec"]["containers"]:
        assert each["securityContext"]["allowPrivilegeEscalation"] is False
        assert each["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert "privileged" not in each["securityContext"]
    assert not {"hostNetwork", "hostPID", "hostIPC"} & template["spec"].keys()


@every_workload
def test_the_root_file_system_is_read_only(template: Object) -> None:
    for each in template["spec"]["containers"]:
        assert each["securityContext"]["readOnlyRootFilesystem"] is True


@every_workload
def test_every_container_has_requests_and_limits(template: Object) -> None:
    for each in template["spec"]["containers"]:
        for kind in ("requests", "limits"):
            assert each["resources"][kind].keys() == {"cpu", "memory", "ephemeral-storage"}


@every_workload
def test_requests_and_limits_are_those_asked_for(chart: Chart, recipe: Recipe) -> None:
    assert container(recipe(chart, resources=SMALL))["resources"] == {
        "requests": {"cpu": "100m", "memory": "256Mi", "ephemeral-storage": "256Mi"},
        "limits": {"cpu": "500m", "memory": "1Gi", "ephemeral-storage": "1Gi"},
    }


@every_workload
def test_volumes_are_sized_empty_dirs_secrets_and_claims(template: Object) -> None:
    for volume in template["spec"]["volumes"]:
        ((kind, options),) = ((key, value) for key, value in volume.items() if key != "name")
        assert kind in ("emptyDir", "secret", "persistentVolumeClaim", "ephemeral")
        assert kind != "emptyDir" or options["sizeLimit"]


@every_workload
def test_every_volume_is_mounted_once_and_every_mount_has_its_volume(template: Object) -> None:
    for each in template["spec"]["containers"]:
        volumes = [volume["name"] for volume in template["spec"]["volumes"]]
        assert [mount["name"] for mount in each["volumeMounts"]] == volumes
        assert len(set(volumes)) == len(volumes)
        assert len({mount["mountPath"] for mount in each["volumeMounts"]}) == len(volumes)


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
    assert [each["name"] for each in template["spec"]["containers"]] == [recipe.id]


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


@with_scratch
def test_the_program_is_the_images_own_unless_another_is_given(chart: Chart, recipe: Recipe) -> None:
    options = {name: () for name in ("command", "args") if recipe.options[name] == ()}
    least, most = container(recipe(chart, "least", **options)), container(recipe.everything(chart))
    assert not options.keys() & least.keys()
    assert (most["command"], most["args"]) == (list(recipe.every(Chart(chart, "x"))["command"]), most["args"])


@with_scratch
def test_variables_keep_their_order_for_one_may_refer_to_those_before(chart: Chart, recipe: Recipe) -> None:
    env = {"Z": "1", "A": "$(Z)", "M": "$(A)"}
    assert container(recipe(chart, env=env))["env"] == [
        {"name": "Z", "value": "1"},
        {"name": "A", "value": "$(Z)"},
        {"name": "M", "value": "$(A)"},
    ]


@with_scratch
def test_config_maps_and_secrets_become_variables_in_the_order_given(chart: Chart, recipe: Recipe) -> None:
    settings = config_map(chart, "settings")
    assert container(recipe(chart, env_from=[APP_SECRET, settings]))["envFrom"] == [
        {"secretRef": {"name": "app-secret"}},
        {"configMapRef": {"name": "settings"}},
    ]


@with_scratch
def test_secret_files_are_for_the_group_to_read(chart: Chart, recipe: Recipe) -> None:
    workload = recipe(chart, secret_files=[CERTIFICATES], scratch={})
    assert pod_template(workload)["spec"]["volumes"] == [
        {"name": "run-secrets-certificates", "secret": {"secretName": "certificates", "defaultMode": 0o440}}
    ]
    assert container(workload)["volumeMounts"] == [
        {"name": "run-secrets-certificates", "mountPath": "/run/secrets/certificates", "readOnly": True}
    ]


@with_scratch
def test_scratch_folders_are_the_only_ones_that_can_be_written_to(chart: Chart, recipe: Recipe) -> None:
    workload = recipe(chart, scratch={"/tmp": "1Mi", "/app/.next/cache": "2Mi"})
    assert pod_template(workload)["spec"]["volumes"] == [
        {"name": "tmp", "emptyDir": {"sizeLimit": "1Mi"}},
        {"name": "app-next-cache", "emptyDir": {"sizeLimit": "2Mi"}},
    ]
    assert container(workload)["volumeMounts"] == [
        {"name": "tmp", "mountPath": "/tmp"},
        {"name": "app-next-cache", "mountPath": "/app/.next/cache"},
    ]


@with_scratch
def test_by_default_64_mebibytes_can_be_written_to_tmp(chart: Chart, recipe: Recipe) -> None:
    assert pod_template(recipe(chart))["spec"]["volumes"] == [{"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}}]


@with_scratch
@pytest.mark.parametrize(
    ("scratch", "problem"),
    [
        pytest.param({"/tmp": "1Mi", "cache": "1Mi"}, "scratch: path 'cache' does not begin with '/'", id="relative"),
        pytest.param(
            {"/tmp": "64MB"},
            "scratch: size of /tmp '64MB' is not a positive quantity; "
            "write a number and m, k, M, G, Ki, Mi or Gi, e.g. 250m, 2Gi",
            id="size",
        ),
    ],
)
def test_scratch_that_cannot_be_is_refused(chart: Chart, recipe: Recipe, scratch: dict[str, str], problem: str) -> None:
    assert list(recipe(chart, scratch=scratch).problems()) == [problem]


@with_scratch
@pytest.mark.parametrize(
    ("options", "paths", "name"),
    [
        pytest.param({"scratch": {"/tmp": "1Mi", "/a/b": "1Mi", "/a-b": "1Mi"}}, "/a/b and /a-b", "a-b", id="scratch"),
        pytest.param(
            {"secret_files": [CERTIFICATES, CERTIFICATES]},
            "/run/secrets/certificates and /run/secrets/certificates",
            "run-secrets-certificates",
            id="secret",
        ),
        pytest.param(
            {"secret_files": [Secret("a.b", ("K",)), Secret("a-b", ("K",))]},
            "/run/secrets/a.b and /run/secrets/a-b",
            "run-secrets-a-b",
            id="secrets",
        ),
    ],
)
def test_two_volumes_of_one_name_are_refused(
    chart: Chart, recipe: Recipe, options: dict[str, object], paths: str, name: str
) -> None:
    assert list(recipe(chart, **options).problems()) == [
        f"scratch, secret_files: {paths} give two volumes the name {name}; rename one"
    ]


@with_scratch
def test_a_path_too_long_for_a_volumes_name_is_refused(chart: Chart, recipe: Recipe) -> None:
    assert list(recipe(chart, "good", scratch={"/tmp": "1Mi", "/" + "a" * 63: "1Mi"}).problems()) == []
    path = "/" + "a" * 64
    assert list(recipe(chart, scratch={"/tmp": "1Mi", path: "1Mi"}).problems()) == [
        f"scratch, secret_files: {path} is too long for a volume's name; give 63 characters at most"
    ]


@with_scratch
@pytest.mark.parametrize("option", ["command", "args"])
def test_a_command_that_is_one_text_is_refused(chart: Chart, recipe: Recipe, option: str) -> None:
    assert [text for text in recipe(chart, **{option: "alembic upgrade"}).problems() if text.startswith(f"{option}: ")]


@with_scratch
def test_a_variable_whose_value_is_no_text_is_refused(chart: Chart, recipe: Recipe) -> None:
    assert [text for text in recipe(chart, env={"GOOD": "1", "PORT": 3000}).problems() if text.startswith("env: ")]


@with_scratch
@pytest.mark.parametrize("name", ["", "MY VAR", "1ST", "A=B"])
def test_a_variable_of_a_name_that_kubernetes_refuses_is_refused(chart: Chart, recipe: Recipe, name: str) -> None:
    assert [text for text in recipe(chart, env={"GOOD": "1", name: "1"}).problems() if text.startswith("env: ")]


@with_scratch
def test_the_root_is_no_scratch_folder(chart: Chart, recipe: Recipe) -> None:
    assert [text for text in recipe(chart, scratch={"/": "1Mi"}).problems() if text.startswith("scratch")]


@with_scratch
def test_a_config_map_of_another_namespace_is_refused(app: App, chart: Chart, recipe: Recipe) -> None:
    settings = config_map(Chart(app, "elsewhere", namespace="elsewhere"))
    assert [text for text in recipe(chart, env_from=[settings]).problems() if text.startswith("env_from: ")]
