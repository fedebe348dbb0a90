"""What a container runs and finds in its pod: the options that three constructs have in common."""

import pytest
from constructs_revrx import Engine, Image, Resources, Secret
from cdk8s import App, Chart

from ..properties.shop import (
    APP_SECRET,
    CERTIFICATES,
    PROGRAMS,
    RABBITMQ,
    Recipe,
    config_map,
    container,
    pod_template,
    rabbitmq,
    web_service,
)

every_program = pytest.mark.parametrize("recipe", PROGRAMS.values(), ids=PROGRAMS)


def test_the_program_is_the_images_own_unless_another_is_given(chart: Chart) -> None:
    assert not {"command", "args"} & container(web_service(chart, "own")).keys()
    other = container(web_service(chart, command=["gunicorn"], args=["--workers=4", "shop:app"]))
    assert (other["command"], other["args"]) == (["gunicorn"], ["--workers=4", "shop:app"])


@every_program
def test_without_variables_there_is_not_even_an_empty_list(chart: Chart, recipe: Recipe) -> None:
    assert not {"env", "envFrom"} & container(recipe(chart)).keys()
    assert list(recipe(chart, "none", env={}).problems()) == []


@every_program
def test_variables_keep_their_order_for_one_may_refer_to_those_before(chart: Chart, recipe: Recipe) -> None:
    env = {"Z": "1", "A": "$(Z)", "M": "$(A)"}
    assert container(recipe(chart, env=env))["env"] == [
        {"name": "Z", "value": "1"},
        {"name": "A", "value": "$(Z)"},
        {"name": "M", "value": "$(A)"},
    ]


@every_program
def test_config_maps_and_secrets_become_variables_in_the_order_given(chart: Chart, recipe: Recipe) -> None:
    settings = config_map(chart, "settings")
    assert container(recipe(chart, env_from=[APP_SECRET, settings]))["envFrom"] == [
        {"secretRef": {"name": "app-secret"}},
        {"configMapRef": {"name": "settings"}},
    ]


@every_program
def test_secret_files_are_for_the_group_to_read(chart: Chart, recipe: Recipe) -> None:
    workload = recipe(chart, secret_files=[CERTIFICATES], scratch={})
    assert pod_template(workload)["spec"]["volumes"] == [
        {"name": "run-secrets-certificates", "secret": {"secretName": "certificates", "defaultMode": 0o440}}
    ]
    assert container(workload)["volumeMounts"] == [
        {"name": "run-secrets-certificates", "mountPath": "/run/secrets/certificates", "readOnly": True}
    ]


@every_program
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


@every_program
def test_by_default_64_mebibytes_can_be_written_to_tmp(chart: Chart, recipe: Recipe) -> None:
    assert pod_template(recipe(chart))["spec"]["volumes"] == [{"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}}]


@every_program
@pytest.mark.parametrize(
    ("scratch", "problem"),
    [
        pytest.param({"/tmp": "1Mi", "cache": "1Mi"}, "scratch: path 'cache' does not begin with '/'", id="relative"),
        pytest.param(
            {"/tmp": "64MB"},
            "scratch: /tmp: size '64MB' is not a positive quantity; "
            "write a number and m, k, M, G, Ki, Mi or Gi, e.g. 250m, 2Gi",
            id="size",
        ),
    ],
)
def test_scratch_that_cannot_be_is_refused(chart: Chart, recipe: Recipe, scratch: dict[str, str], problem: str) -> None:
    assert list(recipe(chart, scratch=scratch).problems()) == [problem]


@every_program
@pytest.mark.parametrize(
    ("options", "paths", "name"),
    [
        pytest.param(
            {"scratch": {"/tmp": "1Mi", "/a/b": "1Mi", "/a-b": "1Mi"}}, "scratch: /a/b and /a-b", "a-b", id="scratch"
        ),
        pytest.param(
            {"secret_files": [Secret("a.b", ("K",)), Secret("a-b", ("K",))]},
            "secret_files: /run/secrets/a.b and /run/secrets/a-b",
            "run-secrets-a-b",
            id="secrets",
        ),
    ],
)
def test_two_volumes_of_one_name_are_refused(
    chart: Chart, recipe: Recipe, options: dict[str, object], paths: str, name: str
) -> None:
    assert list(recipe(chart, **options).problems()) == [f"{paths} give two volumes the name {name}; rename one"]


@every_program
def test_a_path_too_long_for_a_volumes_name_is_refused(chart: Chart, recipe: Recipe) -> None:
    assert list(recipe(chart, "good", scratch={"/tmp": "1Mi", "/" + "a" * 63: "1Mi"}).problems()) == []
    path = "/" + "a" * 64
    assert list(recipe(chart, scratch={"/tmp": "1Mi", path: "1Mi"}).problems()) == [
        f"scratch: {path} is too long for a volume's name; give 63 characters at most"
    ]


@every_program
@pytest.mark.parametrize("name", ["PORT", "_a.b-C1", "-x"])
def test_a_variables_name_is_of_letters_digits_and_a_few_signs(chart: Chart, recipe: Recipe, name: str) -> None:
    assert list(recipe(chart, env={name: "1"}).problems()) == []


@every_program
@pytest.mark.parametrize("name", ["", "MY VAR", "1ST", "A=B", "GRÖSSE"])
def test_a_variable_of_a_name_that_kubernetes_refuses_is_refused(chart: Chart, recipe: Recipe, name: str) -> None:
    assert list(recipe(chart, env={"GOOD": "1", name: "1"}).problems()) == [
        f"env: {name!r} is not a variable's name; use letters, digits, '-', '_' and '.'"
    ]


@every_program
@pytest.mark.parametrize("path", ["/", "//"])
def test_the_root_is_no_scratch_folder(chart: Chart, recipe: Recipe, path: str) -> None:
    assert list(recipe(chart, scratch={"/tmp": "1Mi", path: "1Mi"}).problems()) == [
        f"scratch: path {path!r} is the root, which stays read-only; name the folders that are written to"
    ]


@every_program
def test_a_config_map_of_another_namespace_is_refused(app: App, chart: Chart, recipe: Recipe) -> None:
    near, far = config_map(chart, "near"), config_map(Chart(app, "elsewhere", namespace="elsewhere"), "far")
    assert list(recipe(chart, env_from=[near, APP_SECRET, far]).problems()) == [
        "env_from, config_files: far is in the namespace elsewhere, where the pod cannot read it; "
        "make one in its own chart"
    ]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"scratch": {"/tmp": "64MB"}}, id="scratch"),
        pytest.param({"env": {"NO SPACE": "1"}}, id="env"),
    ],
)
def test_the_program_of_an_engine_is_checked_too(chart: Chart, options: dict[str, object]) -> None:
    assert list(rabbitmq(chart, engine=Engine(**{**RABBITMQ, **options})).problems())


@every_program
def test_config_files_are_mounted_read_only_and_their_change_rolls_the_pods(app: App, recipe: Recipe) -> None:
    digests = set()
    for text in ("open = true", "open = false"):
        chart = Chart(app, text.replace(" = ", "-"), namespace="shop")
        files = config_map(chart, "files", data={"shop.toml": text})
        template = pod_template(recipe(chart, config_files={"/etc/shop": files}))
        assert {"name": "etc-shop", "configMap": {"name": "files"}} in template["spec"]["volumes"]
        mounts = template["spec"]["containers"][0]["volumeMounts"]
        assert {"name": "etc-shop", "mountPath": "/etc/shop", "readOnly": True} in mounts
        digests.add(template["metadata"]["annotations"]["checksum/config"])
    assert len(digests) == 2


@every_program
def test_a_relative_folder_of_config_files_is_refused(chart: Chart, recipe: Recipe) -> None:
    files = config_map(chart, "files", data={"a": "b"})
    assert list(recipe(chart, config_files={"etc": files}).problems()) == [
        "config_files: path 'etc' does not begin with '/'"
    ]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        pytest.param(
            {"image": Image("shop")},
            "image: shop can change under a running pod; give a version or a digest",
            id="image",
        ),
        pytest.param(
            {"resources": Resources(cpu=("2", "1"), memory=("1Gi", "1Gi"))},
            "resources: cpu request 2 exceeds its limit 1; raise the limit or lower the request",
            id="resources",
        ),
        pytest.param(
            {"env_from": [Secret("app-secret", ())]},
            "env_from: app-secret has no keys; name those that the program reads",
            id="env-from",
        ),
        pytest.param(
            {"secret_files": [Secret("files", ())]},
            "secret_files: files has no keys; name those that the program reads",
            id="secret-files",
        ),
    ],
)
@every_program
def test_refuses(chart: Chart, recipe: Recipe, options: dict[str, object], problem: str) -> None:
    assert list(recipe(chart, **options).problems()) == [problem]
