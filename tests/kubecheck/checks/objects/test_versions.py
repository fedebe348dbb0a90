"""What each Kubernetes has: the table beside the schemas of all releases, and what is refused by it."""

from collections import defaultdict
from copy import deepcopy
from pathlib import Path

import pytest
from constructs_revrx import Container, Shutdown, target_kubernetes
from cdk8s import App, Chart
from kubernetes_validate.utils import schema_contents

from kubecheck.checks.objects.fields import unavailable_field
from kubecheck.checks.objects.versions import unavailable_kind, unknown_kind
from kubecheck.objects.kinds import KINDS
from kubecheck.objects.version import NEWEST, OLDEST, SIDECARS, SLEEP_ACTION, Version

from ....charts.schemas import RELEASES, minor, problems
from ....constructs_revrx.properties.shop import (
    RECIPES,
    SIDECAR,
    SMALL,
    TAGGED,
    Object,
    objects,
    pod_template,
    suspended_cron_job,
    web_service,
)
from ...given import texts


def kinds_of(release: str) -> set[tuple[str, str]]:
    """The apiVersions and kinds of objects, which have an ObjectMeta, in the schemas of a release."""
    definitions = schema_contents(f"kubernetes-json-schema/v{release}-local-strict/_definitions.json", release)["$defs"]
    return {
        (f"{kind['group']}/{kind['version']}".lstrip("/"), kind["kind"])
        for schema in definitions.values()
        for kind in schema.get("x-kubernetes-group-version-kind", [])
        if str(schema.get("properties", {}).get("metadata", {}).get("$ref")).endswith(".ObjectMeta")
    }


def test_the_table_is_that_of_the_schemas() -> None:
    spans: dict[tuple[str, str], list[int]] = defaultdict(list)
    for release in RELEASES:
        for kind in kinds_of(release):
            spans[kind].append(minor(release)[1])
    assert all(span == [*range(span[0], span[-1] + 1)] for span in spans.values())
    rows: dict[tuple[str, int, int], list[str]] = defaultdict(list)
    for (api_version, kind), span in spans.items():
        rows[api_version, span[0], span[-1]].append(kind)
    assert list(KINDS) == [(*row, " ".join(sorted(rows[row]))) for row in sorted(rows)]


def test_the_versions_are_those_of_the_schemas() -> None:
    assert [minor(RELEASES[0]), minor(RELEASES[-1])] == [OLDEST, NEWEST]


def told(o: Object, version: Version) -> list[str]:
    checks = (unavailable_kind, unknown_kind, unavailable_field)
    return [text for check in checks for text in texts(check, [o], kubernetes=lambda _: version)]


def manifest(api_version: str, kind: str) -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}}


@pytest.mark.parametrize(
    ("api_version", "kind", "first", "last"),
    [
        ("apps/v1", "Deployment", 27, 37),
        ("v1", "ConfigMap", 27, 37),
        ("networking.k8s.io/v1", "ServiceCIDR", 33, 37),
        ("flowcontrol.apiserver.k8s.io/v1beta2", "FlowSchema", 27, 28),
        ("networking.k8s.io/v1beta1", "IPAddress", 31, 36),
    ],
)
def test_an_object_is_refused_before_it_came_and_after_it_went(
    api_version: str, kind: str, first: int, last: int
) -> None:
    accepted = [n for n in range(27, 38) if not told(manifest(api_version, kind), Version(1, n))]
    assert accepted == [*range(first, last + 1)]


@pytest.mark.parametrize(
    ("api_version", "kind", "version", "way_out"),
    [
        ("policy/v1beta1", "PodDisruptionBudget", 27, "write policy/v1"),
        ("autoscaling/v2beta2", "HorizontalPodAutoscaler", 27, "write autoscaling/v2"),
        ("batch/v1beta1", "CronJob", 27, "write batch/v1"),
        ("flowcontrol.apiserver.k8s.io/v1", "FlowSchema", 28, "write flowcontrol.apiserver.k8s.io/v1beta3, or say "),
        ("resource.k8s.io/v1alpha2", "ResourceClass", 31, "leave it out"),
        ("networking.k8s.io/v1", "ServiceCIDR", 28, "say that all nodes have it"),
    ],
)
def test_the_way_out_is_what_the_version_has(api_version: str, kind: str, version: int, way_out: str) -> None:
    (text,) = told(manifest(api_version, kind), Version(1, version))
    assert f"; {way_out}" in text


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [("gateway.networking.k8s.io/v1", "HTTPRoute"), ("cert-manager.io/v1", "Issuer"), ("metrics.k8s.io/v1", "X")],
)
def test_custom_resources_are_not_looked_at(api_version: str, kind: str) -> None:
    assert told(manifest(api_version, kind), OLDEST) == []


@pytest.mark.parametrize("version", ["1.27", "1.29", "1.37"])
@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_no_construct_makes_what_its_version_lacks(app: App, version: str, recipe: object) -> None:
    target_kubernetes(app, version)
    made = objects(recipe.everything(recipe.chart(app)))  # type: ignore[attr-defined]
    release = f"{version}.0"
    assert [text for o in made for text in told(o, Version(*minor(release)))] == []
    assert [text for o in made for text in problems(o, release)] == []


@pytest.fixture
def newest(app: App) -> list[Object]:
    """What is made of every option for the newest Kubernetes, and a sidecar."""
    target_kubernetes(app, str(NEWEST))
    made = [o for id, recipe in RECIPES.items() for o in objects(recipe.everything(recipe.chart(app, id)))]
    return [*made, *objects(suspended_cron_job(Chart(app, "sidecar", namespace="shop"), init_containers=[SIDECAR]))]


@pytest.mark.parametrize("release", RELEASES)
def test_all_that_an_older_kubernetes_would_not_take_is_told(newest: list[Object], release: str) -> None:
    """A field that the library learns to write, and that some version lacks, belongs into the table."""
    for o in newest:
        assert not problems(o, release) or told(o, Version(*minor(release))), (o["kind"], problems(o, release))


@pytest.mark.parametrize(("field", "since"), [("sleep", SLEEP_ACTION), ("sidecar", SIDECARS)])
def test_a_field_is_refused_until_it_is_on_by_default(app: App, field: str, since: Version) -> None:
    target_kubernetes(app, str(NEWEST))
    chart = Chart(app, "production", namespace="shop")
    options = {"sleep": {}, "sidecar": {"init_containers": [SIDECAR], "shutdown": Shutdown(pause=0, drain=1)}}
    deployment = web_service(chart, **options[field]).deployment.to_json()
    refused = [n for n in range(27, 38) if told(deployment, Version(1, n))]
    assert refused == [*range(27, since.minor)]


@pytest.mark.parametrize("hook", ["containers", "initContainers"])
def test_a_field_is_found_in_every_container(app: App, hook: str) -> None:
    target_kubernetes(app, str(NEWEST))
    chart = Chart(app, "production", namespace="shop")
    other = Container(name="other", image=TAGGED, resources=SMALL)
    options = {"containers": [other], "init_containers": [other], "shutdown": Shutdown(pause=0, drain=1)}
    deployment = deepcopy(web_service(chart, **options).deployment.to_json())
    assert told(deployment, OLDEST) == []
    deployment["spec"]["template"]["spec"][hook][-1]["lifecycle"] = {"preStop": {"sleep": {"seconds": 0}}}
    (text,) = told(deployment, OLDEST)
    place = f"spec.template.spec.{hook}[{len(deployment['spec']['template']['spec'][hook]) - 1}]"
    assert text.startswith(f"Deployment backend: {place}.lifecycle.preStop.sleep came with Kubernetes 1.30")


def test_a_cron_jobs_pods_are_looked_at_too(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    target_kubernetes(app, "1.29")
    migrate = suspended_cron_job(Chart(app, "production", namespace="shop"), init_containers=[SIDECAR])
    assert pod_template(migrate)["spec"]["initContainers"][0]["restartPolicy"] == "Always"
    (text,) = told(migrate.cron_job.to_json(), OLDEST)
    assert text.startswith(
        "CronJob migrate: spec.jobTemplate.spec.template.spec.initContainers[0].restartPolicy came with "
    )
