"""synth: everything is checked before anything is written, and how it is written."""

from pathlib import Path

import jsii
import pytest
import yaml
from constructs_revrx import (
    Datastore,
    ExistingClaim,
    Image,
    Manifest,
    ManifestError,
    Pods,
    Resources,
    Secret,
    ServiceAccount,
    WebService,
    synth,
)
from cdk8s import App, Chart, JsonPatch, YamlOutputType
from constructs import Construct, IValidation

CONTAINER = {"name": "web", "image": "shop/web:1.0"}
SMALL = Resources(cpu=("100m", "500m"), memory=("256Mi", "1Gi"))


def config_map(scope: Construct, name: str, **data: str) -> Manifest:
    return Manifest(scope, f"config-map-{name}", api_version="v1", kind="ConfigMap", name=name, data=data)


def web_service(chart: Chart, name: str, image: str = "shop/web:1.0") -> WebService:
    return WebService(chart, name, image=Image(image), port=8000, health_path="/health", resources=SMALL, replicas=1)


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def object_a_file(folder: Path) -> App:
    return App(outdir=str(folder), yaml_output_type=YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE)


def shop(app: App, id: str = "staging") -> Chart:
    return Chart(app, id, namespace="shop")


def refused(*apps: App) -> ManifestError:
    with pytest.raises(ManifestError) as caught:
        synth(*apps)
    assert caught.value.__cause__ is None  # or Python would print the JavaScript stack
    return caught.value


def refusal(*apps: App) -> str:
    return str(refused(*apps))


def test_an_object_a_file_is_named_by_kind_and_name(tmp_path: Path) -> None:
    app = object_a_file(tmp_path)
    config_map(shop(app), "settings")
    synth(app)
    assert names(tmp_path) == ["staging/ConfigMap.settings.k8s.yaml"]


def test_a_chart_a_file_holds_first_what_the_others_need(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path), yaml_output_type=YamlOutputType.FILE_PER_CHART)
    chart = Chart(app, "bootstrap")
    Manifest(chart, "Role", api_version="rbac.authorization.k8s.io/v1", kind="Role", name="shop")
    for kind in ("Namespace", "ConfigMap", "ResourceQuota"):
        Manifest(chart, kind, api_version="v1", kind=kind, name="shop")
    synth(app)
    text = (tmp_path / "bootstrap.k8s.yaml").read_text()
    kinds = [line.removeprefix("kind: ") for line in text.splitlines() if line.startswith("kind: ")]
    assert kinds == ["Namespace", "ResourceQuota", "Role", "ConfigMap"]
    assert text.count("\n---\n") == 3


def test_dashes_in_a_value_do_not_end_a_document(tmp_path: Path) -> None:
    app = object_a_file(tmp_path)
    chart = shop(app)
    config_map(chart, "a", text="one\n---\ntwo\n")
    config_map(chart, "b", text="---")
    synth(app)
    assert "    one\n    ---\n    two\n" in (tmp_path / "staging/ConfigMap.a.k8s.yaml").read_text()
    assert yaml.safe_load((tmp_path / "staging/ConfigMap.b.k8s.yaml").read_text())["data"] == {"text": "---"}


def test_a_chart_that_depends_on_another_keeps_its_name(tmp_path: Path) -> None:
    app = object_a_file(tmp_path)
    one, two = shop(app, "one"), shop(app, "two")
    config_map(one, "a")
    config_map(two, "b")
    one.add_dependency(two)
    synth(app)
    assert names(tmp_path) == ["one/ConfigMap.a.k8s.yaml", "two/ConfigMap.b.k8s.yaml"]


def test_an_app_without_objects_writes_no_file(tmp_path: Path) -> None:
    app = object_a_file(tmp_path)
    shop(app)
    assert synth(app).objects == 0
    assert names(tmp_path) == []


@pytest.mark.parametrize("output", [YamlOutputType.FILE_PER_APP, YamlOutputType.FILE_PER_RESOURCE])
def test_an_output_that_mixes_charts_is_refused(tmp_path: Path, output: YamlOutputType) -> None:
    app = App(outdir=str(tmp_path), yaml_output_type=output)
    config_map(shop(app), "settings")
    assert refusal(app) == (
        f"{tmp_path}: 1 problem\n"
        f"  yaml_output_type: with {output.name} one chart's objects overwrite or join another's; "
        "use FILE_PER_CHART or FOLDER_PER_CHART_FILE_PER_RESOURCE"
    )


def test_all_problems_of_all_apps_are_reported_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    one, two = object_a_file(tmp_path), object_a_file(tmp_path / "more")
    web_service(shop(one, "production"), "backend", image="shop/web:latest")
    staging = shop(two)
    web_service(staging, "backend", image="shop/web")
    web_service(staging, "good")
    assert refusal(one, two) == (
        "production/backend: 1 problem\n"
        "  image: shop/web:latest can change under a running pod; give a version or a digest\n"
        "staging/backend: 1 problem\n"
        "  image: shop/web can change under a running pod; give a version or a digest"
    )
    assert names(tmp_path) == []


def test_what_was_written_before_stays_when_there_is_a_problem(tmp_path: Path) -> None:
    app = object_a_file(tmp_path)
    web_service(shop(app), "backend")
    synth(app)
    before = {name: (tmp_path / name).read_text() for name in names(tmp_path)}
    app = object_a_file(tmp_path)
    web_service(shop(app), "backend", image="shop/web")
    refusal(app)
    assert {name: (tmp_path / name).read_text() for name in names(tmp_path)} == before


def test_two_objects_of_one_kind_and_name_are_refused(tmp_path: Path) -> None:
    app = object_a_file(tmp_path)
    chart = shop(app)
    config_map(chart, "settings")
    config_map(Construct(chart, "below"), "settings")
    assert refusal(app) == (
        "staging: 1 problem\n"
        "  ConfigMap: 2 objects are named settings in shop, made by staging/config-map-settings and "
        "staging/below/config-map-settings; rename one [duplicate-object]"
    )


def test_a_label_of_the_chart_is_told_of_the_chart_and_not_of_each_object(tmp_path: Path) -> None:
    app = object_a_file(tmp_path)
    web_service(Chart(app, "staging", namespace="shop", labels={"team": "a b"}), "backend")
    (problem,) = refused(app).problems
    assert (problem.place, problem.option) == ("staging", "labels")


def test_a_file_of_the_last_run_that_is_no_text_is_written_anew(tmp_path: Path) -> None:
    app = object_a_file(tmp_path)
    config_map(shop(app), "settings")
    synth(app)
    (file,) = tmp_path.rglob("*.yaml")
    text = file.read_bytes()
    file.write_bytes(b"kind: \xff")
    app = object_a_file(tmp_path)
    config_map(shop(app), "settings")
    synth(app)
    assert file.read_bytes() == text


def test_what_is_wrong_with_the_objects_of_all_apps_is_told_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    one, two = object_a_file(tmp_path), object_a_file(tmp_path / "more")
    config_map(shop(one), "Bad_Name!", PASSWORD="hunter2")
    pod = {"containers": [CONTAINER], "serviceAccountName": "web"}
    Manifest(shop(two), "pod", api_version="v1", kind="Pod", name="web", spec=pod)
    assert [problem.place for problem in refused(one, two).problems] == [
        "staging/config-map-Bad_Name!",
        "staging/config-map-Bad_Name!",
        "staging/pod",
    ]
    assert names(tmp_path) == []


def test_what_one_app_refers_to_another_may_make(tmp_path: Path) -> None:
    one, two = object_a_file(tmp_path), object_a_file(tmp_path / "more")
    pod = {"containers": [CONTAINER], "serviceAccountName": "web"}
    Manifest(shop(one), "pod", api_version="v1", kind="Pod", name="web", spec=pod)
    Manifest(shop(two), "account", api_version="v1", kind="ServiceAccount", name="web")
    synth(one, two)
    assert "ServiceAccount web is made by nothing in namespace shop" in refusal(one)


def test_an_object_that_a_patch_has_renamed_is_told_with_its_chart(tmp_path: Path) -> None:
    app = object_a_file(tmp_path)
    spec = {"containers": [CONTAINER], "serviceAccountName": "web"}
    pod = Manifest(shop(app), "pod", api_version="v1", kind="Pod", name="web", spec=spec)
    pod.add_json_patch(JsonPatch.replace("/metadata/name", "other"))
    assert refusal(app).startswith("staging: 1 problem\n  Pod other: ServiceAccount web")


def test_a_name_that_kubernetes_refuses_is_refused(tmp_path: Path) -> None:
    app = object_a_file(tmp_path)
    config_map(shop(app), "Bad_Name!")
    assert refusal(app) == (
        "staging/config-map-Bad_Name!: 1 problem\n"
        "  ConfigMap: 'Bad_Name!' is not a name that Kubernetes accepts; use a-z, 0-9, '-' and '.' [object-name]"
    )


@jsii.implements(IValidation)
class Refusal:
    def validate(self) -> list[str]:
        return ["the users' own rule"]


def test_validations_of_users_are_heard(tmp_path: Path) -> None:
    app = object_a_file(tmp_path)
    config_map(shop(app), "settings").node.add_validation(Refusal())
    assert refusal(app) == "staging/config-map-settings: 1 problem\n  the users' own rule"


def test_a_patch_that_does_not_fit_is_told_with_its_object(tmp_path: Path) -> None:
    app = object_a_file(tmp_path)
    deployment = web_service(shop(app), "backend").deployment
    deployment.add_json_patch(JsonPatch.replace("/spec/no/such/field", 1))
    assert refusal(app) == (
        "staging/backend/deployment: 1 problem\n"
        "  cannot be written (TypeError: Cannot read properties of undefined (reading 'such')); of a JsonPatch's path, "
        "all but the last key must be there"
    )


def test_the_order_in_which_connections_are_declared_does_not_show(tmp_path: Path) -> None:
    for folder, order in (("one", [0, 1, 2]), ("two", [2, 0, 1])):
        app = object_a_file(tmp_path / folder)
        chart = shop(app)
        services = [web_service(chart, name) for name in ("a", "b", "c")]
        target = web_service(chart, "target")
        for i in order:
            services[i].connect_to(target)
        synth(app)
    policies = [(tmp_path / folder / "staging/NetworkPolicy.target.k8s.yaml").read_text() for folder in ("one", "two")]
    assert policies[0] == policies[1]


def test_a_direction_without_rules_has_no_list_that_the_api_server_would_drop(tmp_path: Path) -> None:
    app = object_a_file(tmp_path)
    web_service(shop(app), "backend")
    synth(app)
    policy = yaml.safe_load((tmp_path / "staging/NetworkPolicy.backend.k8s.yaml").read_text())
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in policy["spec"]


def test_keys_are_sorted_and_lists_are_not(tmp_path: Path) -> None:
    app = object_a_file(tmp_path)
    spec = {"b": [3, 1, 2], "a": {"d": 1, "c": 2}}
    Manifest(shop(app), "any", api_version="example.com/v1", kind="Any", name="any", spec=spec)
    synth(app)
    text = (tmp_path / "staging/Any.any.k8s.yaml").read_text()
    assert text.endswith("spec:\n  a:\n    c: 2\n    d: 1\n  b:\n  - 3\n  - 1\n  - 2\n")


def test_what_changed_is_told_in_a_few_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    def run(*names: str, **data: str) -> str:
        app = object_a_file(Path("dist"))
        chart = shop(app)
        for name in names:
            config_map(chart, name, **data)
        return str(synth(app))

    run("a", "b")
    assert run("a", "b") == "nothing changed: 2 objects in 2 files"
    assert run("b", "c", key="1") == (
        "  + dist/staging/ConfigMap.c.k8s.yaml\n"
        "  ~ dist/staging/ConfigMap.b.k8s.yaml\n"
        "  - dist/staging/ConfigMap.a.k8s.yaml\n"
        "1 added, 1 changed, 1 removed: 2 objects in 2 files"
    )
    many = run(*(f"m{n}" for n in range(30)))
    # Whoever applies with kubectl deletes by hand what is listed with '-'.
    assert many.splitlines()[12:] == [
        "  and 18 more",
        "  - dist/staging/ConfigMap.b.k8s.yaml",
        "  - dist/staging/ConfigMap.c.k8s.yaml",
        "30 added, 0 changed, 2 removed: 30 objects in 30 files",
    ]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "dist").write_text("a file")
    app = object_a_file(tmp_path / "dist")
    config_map(shop(app), "settings")
    assert refusal(app) == f"{tmp_path / 'dist'}: 1 problem\n  File exists; nothing was changed"


def test_sorting_switched_off_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDK8S_DISABLE_SORT", "1")
    assert refusal(object_a_file(tmp_path)) == (
        "CDK8S_DISABLE_SORT: 1 problem\n  is set, which changes the order of what is written; unset it"
    )


def test_what_an_option_says_exists_need_not_be_made(tmp_path: Path) -> None:
    app = object_a_file(tmp_path)
    secret = Secret("postgres-secret", ("POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"))
    Datastore.postgres(
        shop(app),
        "postgres",
        image=Image("postgres:16-alpine"),
        resources=SMALL,
        storage=ExistingClaim("restored"),
        secret=secret,
        pods=Pods(service_account=ServiceAccount(existing="shared")),
    )
    synth(app, external={"Secret/shop/postgres-secret"})
    assert "staging/StatefulSet.postgres.k8s.yaml" in names(tmp_path)
