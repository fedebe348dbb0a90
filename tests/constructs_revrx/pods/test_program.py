"""A program: the options of whatever takes one become its container, and what cannot be is told of them."""

from typing import Any

import pytest
from constructs_revrx import Engine, ExistingConfigMap, Image, Resources, Secret, Volume
from cdk8s import App, Chart

from ..properties.shop import APP_SECRET, CERTIFICATES, RABBITMQ, config_map, rabbitmq
from .takers import TAKERS, Taker

every_taker = pytest.mark.parametrize("taker", TAKERS.values(), ids=TAKERS)


@every_taker
def test_its_options_become_fields_of_the_container(chart: Chart, taker: Taker) -> None:
    taken = taker(
        chart,
        command=["gunicorn"],
        args=["--workers=4", "shop:app"],
        # A variable may refer to those before it.
        env={"Z": "1", "A": "$(Z)", "M": "$(A)"},
        env_from=[APP_SECRET, config_map(chart, "settings")],
    )
    assert taken.problems == []
    assert (taken.container["command"], taken.container["args"]) == (["gunicorn"], ["--workers=4", "shop:app"])
    assert taken.container["env"] == [
        {"name": "Z", "value": "1"},
        {"name": "A", "value": "$(Z)"},
        {"name": "M", "value": "$(A)"},
    ]
    assert taken.container["envFrom"] == [
        {"secretRef": {"name": "app-secret"}},
        {"configMapRef": {"name": "settings"}},
    ]


@every_taker
def test_its_folders_are_mounted_and_only_scratch_can_be_written_to(chart: Chart, taker: Taker) -> None:
    taken = taker(
        chart,
        secret_files=[CERTIFICATES],
        config_files={"/etc/shop": config_map(chart, "files", data={"shop.toml": "open = true"})},
        scratch={"/tmp": "1Mi", "/app/.next/cache": "2Mi"},
        volumes={"/etc/regions": Volume.config_map(ExistingConfigMap("regions"))},
    )
    assert taken.problems == []
    assert taken.mounts == [
        {"name": "etc-regions", "mountPath": "/etc/regions", "readOnly": True},
        {"name": "tmp", "mountPath": "/tmp"},
        {"name": "app-next-cache", "mountPath": "/app/.next/cache"},
        {"name": "run-secrets-certificates", "mountPath": "/run/secrets/certificates", "readOnly": True},
        {"name": "etc-shop", "mountPath": "/etc/shop", "readOnly": True},
    ]
    assert taken.volumes == [
        {"name": "etc-regions", "configMap": {"name": "regions"}},
        {"name": "tmp", "emptyDir": {"sizeLimit": "1Mi"}},
        {"name": "app-next-cache", "emptyDir": {"sizeLimit": "2Mi"}},
        # For the container's group alone to read.
        {"name": "run-secrets-certificates", "secret": {"secretName": "certificates", "defaultMode": 0o440}},
        {"name": "etc-shop", "configMap": {"name": "files"}},
    ]


@every_taker
def test_by_default_it_is_the_images_own_with_64_mebibytes_in_tmp(chart: Chart, taker: Taker) -> None:
    options = {"command": ["run"]} if "command" in taker.recipe.fewest(chart) else {}
    taken = taker(chart, **options)
    assert not {"args", "env", "envFrom"} & taken.container.keys()
    assert taken.container.get("command") == options.get("command")
    assert taken.volumes == [{"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}}]


@every_taker
@pytest.mark.parametrize("option", ["env_from", "config_files", "volumes"])
def test_a_change_of_its_config_map_rolls_the_pods(app: App, taker: Taker, option: str) -> None:
    digests = set()
    for text in ("open", "closed"):
        chart = Chart(app, text, namespace="shop")
        files = config_map(chart, "files", data={"door": text})
        given = {
            "env_from": [files],
            "config_files": {"/etc/shop": files},
            "volumes": {"/etc/shop": Volume.projected(files)},
        }
        digests.add(taker(chart, **{option: given[option]}).template["metadata"]["annotations"]["checksum/config"])
    assert len(digests) == 2


@every_taker
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
        *(
            pytest.param(
                {"env": {"GOOD": "1", name: "1"}},
                f"env: {name!r} is not a variable's name; use letters, digits, '-', '_' and '.'",
                id=f"env-{name}",
            )
            for name in ("", "MY VAR", "1ST", "A=B", "GRÖSSE")
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
        pytest.param(
            {"config_files": {"/etc/a": ExistingConfigMap("A")}},
            "config_files: /etc/a: 'A' is not a name that Kubernetes accepts; use a-z, 0-9, '-' and '.'",
            id="config-files",
        ),
        pytest.param(
            {"scratch": {"/tmp": "64MB"}},
            "scratch: /tmp: size '64MB' is not a positive quantity; "
            "write a number and m, k, M, G, Ki, Mi or Gi, e.g. 250m, 2Gi",
            id="scratch-size",
        ),
        pytest.param(
            {"volumes": {"/data": Volume.secret(CERTIFICATES, keys=("CA", "KEY"))}},
            "volumes: /data: certificates has no key KEY, which is read; declare it",
            id="volumes",
        ),
        pytest.param({"scratch": {"tmp": "1Mi"}}, "scratch: path 'tmp' does not begin with '/'", id="relative"),
        pytest.param(
            {"config_files": {"etc": ExistingConfigMap("a")}},
            "config_files: path 'etc' does not begin with '/'",
            id="relative-config-files",
        ),
        *(
            pytest.param(
                {"scratch": {path: "1Mi"}},
                f"scratch: path {path!r} is the root, which stays read-only; name the folders that are written to",
                id=f"root-{path}",
            )
            for path in ("/", "//")
        ),
        *(
            pytest.param(
                {"volumes": {path: Volume.empty_dir("1Mi")}},
                f"volumes: path {path!r} has ':' or '..', which Kubernetes refuses; write the folder's own path",
                id=path,
            )
            for path in ("/a/../b", "/a:b")
        ),
        *(
            pytest.param(
                {"volumes": {path: Volume.empty_dir("1Mi")}},
                f"volumes: path {path!r} has none of a-z and 0-9, of which its volume is named; choose another folder",
                id=f"nameless-{path}",
            )
            for path in ("/_", "/.", "/é")
        ),
        pytest.param(
            {"scratch": {"/data": "1Mi"}, "volumes": {"/data/": Volume.empty_dir("1Mi")}},
            "volumes, scratch: /data is given twice; a folder holds one volume",
            id="twice",
        ),
        pytest.param(
            {"secret_files": [CERTIFICATES, CERTIFICATES]},
            "secret_files: /run/secrets/certificates is given twice; a folder holds one volume",
            id="secret-twice",
        ),
    ],
)
def test_refuses(chart: Chart, taker: Taker, options: dict[str, Any], problem: str) -> None:
    assert taker(chart, **options).problems == [problem]


@every_taker
def test_a_config_map_of_another_namespace_is_refused(app: App, chart: Chart, taker: Taker) -> None:
    near, far = config_map(chart, "near"), config_map(Chart(app, "elsewhere", namespace="elsewhere"), "far")
    assert taker(chart, env_from=[near, APP_SECRET, far]).problems == [
        "env_from, config_files: far is in the namespace elsewhere, where the pod cannot read it; "
        "make one in its own chart"
    ]


@pytest.mark.parametrize("name", ["PORT", "_a.b-C1", "-x"])
def test_a_variables_name_is_of_letters_digits_and_a_few_signs(chart: Chart, name: str) -> None:
    assert TAKERS["web-service"](chart, env={name: "1"}).problems == []


@every_taker
def test_a_volume_may_be_mounted_inside_another(chart: Chart, taker: Taker) -> None:
    """Container runtimes mount the outer one first, and the kubelet makes the folder among a ConfigMap's files."""
    folders = {"/tmp": "2Mi", "/tmp/cache": "1Mi", "/etc/a/b": "1Mi"}
    assert taker(chart, scratch=folders, config_files={"/etc/a": ExistingConfigMap("a")}).problems == []


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"scratch": {"/tmp": "64MB"}}, id="scratch"),
        pytest.param({"env": {"NO SPACE": "1"}}, id="env"),
        pytest.param({"scratch": {RABBITMQ["data_path"]: "1Mi"}}, id="where-the-data-is"),
    ],
)
def test_the_program_of_an_engine_is_checked_with_what_a_datastore_adds(
    chart: Chart, options: dict[str, object]
) -> None:
    (problem,) = rabbitmq(chart, engine=Engine(**{**RABBITMQ, **options})).problems()
    assert problem.startswith("engine: ")
