"""What holds for any options: the valid ones give valid objects, the others a ManifestError and nothing else."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from constructs_revrx import (
    Acm,
    Affinity,
    AlbIngress,
    Autoscaling,
    ClusterIP,
    ConfigMap,
    Container,
    Datastore,
    DownwardAPI,
    ExistingClaim,
    ExistingConfigMap,
    External,
    GatewayRoute,
    Headless,
    Heartbeat,
    Host,
    Image,
    ManifestError,
    NginxIngress,
    NodeRequirement,
    PodAffinityTerm,
    Pods,
    Probe,
    Resources,
    ScalingPolicy,
    ScalingRules,
    Secret,
    ServiceAccountToken,
    Shutdown,
    StickyCookie,
    Storage,
    SuspendedCronJob,
    Tls,
    Toleration,
    TraefikIngress,
    Volume,
    WebService,
    Worker,
    synth,
)
from cdk8s import App, Chart, YamlOutputType
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..charts.test_schemas import RELEASES, problems
from .shop import MONITORING, REDIS_SECRET, SMALL, TAGGED

# The examples are the same in every run: what fails once fails for everyone.
repeatable = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

LABEL = st.from_regex(r"[a-z]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True)
PATH = st.lists(LABEL, min_size=1, max_size=3).map(lambda parts: "/" + "/".join(parts))
HOST = st.lists(LABEL, min_size=2, max_size=4).map(".".join)
MEBIBYTES = st.integers(1, 4096).map(lambda n: f"{n}Mi")
VARIABLE = st.from_regex(r"[A-Z_][A-Z0-9_]{0,12}", fullmatch=True)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20)
DIGEST = st.text("0123456789abcdef", min_size=64, max_size=64)


def pairs(low: int, high: int, unit: str) -> st.SearchStrategy[tuple[str, str]]:
    sizes = st.tuples(st.integers(low, high), st.integers(low, high)).map(sorted)
    return sizes.map(lambda pair: (f"{pair[0]}{unit}", f"{pair[1]}{unit}"))


IMAGES = st.builds(lambda name, tag: Image(f"{name}:{tag}"), LABEL, st.sampled_from(["1", "16-alpine", "v1.4.2_rc.1"]))
PINNED = st.builds(lambda name, digest: Image(f"ghcr.io/{name}@sha256:{digest}"), LABEL, DIGEST)
SECRETS = st.builds(lambda name, keys: Secret(name, tuple(keys)), LABEL, st.lists(VARIABLE, min_size=1, unique=True))
TIMING = {"period": st.integers(1, 300), "timeout": st.integers(1, 60), "failures": st.integers(1, 99)}
PROBES = st.one_of(
    st.builds(Probe.http, PATH, **TIMING),
    st.builds(Probe.tcp, **TIMING),
    st.builds(lambda command, **timing: Probe.exec(*command, **timing), st.lists(TEXT, min_size=1), **TIMING),
    st.builds(Probe.grpc, LABEL, **TIMING),
    st.builds(Probe.none, LABEL),
)
TOLERATIONS = st.builds(Toleration, key=LABEL, value=st.none() | LABEL, effect=st.sampled_from(["NoExecute"]))
REQUIREMENTS = st.builds(NodeRequirement, LABEL, st.just("Exists")) | st.builds(
    NodeRequirement, LABEL, st.sampled_from(["In", "NotIn"]), st.lists(LABEL, min_size=1, max_size=3)
)
TERMS = st.builds(PodAffinityTerm, labels=st.dictionaries(LABEL, LABEL, min_size=1, max_size=2), required=st.booleans())
AFFINITIES = st.builds(
    Affinity,
    node=st.lists(REQUIREMENTS, max_size=2),
    preferred_node=st.lists(REQUIREMENTS, max_size=1),
    pod=st.lists(TERMS, max_size=1),
    pod_anti=st.lists(TERMS, max_size=1),
)
PODS = st.builds(
    Pods,
    labels=st.dictionaries(LABEL, LABEL, max_size=3),
    annotations=st.dictionaries(LABEL, TEXT, max_size=3),
    node_selector=st.dictionaries(LABEL, LABEL, max_size=2),
    tolerations=st.lists(TOLERATIONS, max_size=2),
    priority_class=st.none() | LABEL,
    spread=st.sampled_from([None, "ScheduleAnyway", "DoNotSchedule"]),
    affinity=AFFINITIES,
)
VOLUMES = st.one_of(
    st.builds(Volume.empty_dir, MEBIBYTES, memory=st.booleans()),
    st.builds(
        Volume.claim,
        st.builds(Storage, size=MEBIBYTES) | st.builds(ExistingClaim, LABEL),
        name=LABEL,
        access_mode=st.just("ReadWriteMany"),
    ),
    st.builds(Volume.ephemeral, st.builds(Storage, size=MEBIBYTES)),
    st.builds(Volume.secret, SECRETS),
    st.builds(Volume.config_map, st.builds(ExistingConfigMap, LABEL)),
    st.builds(
        Volume.projected,
        SECRETS,
        st.builds(ServiceAccountToken, audience=LABEL, expiry=st.integers(600, 86400)),
        st.builds(DownwardAPI, files=st.just({"name": "metadata.name"})),
    ),
)
# One of several has a name, ports and folders that the others have not.
EXTRA = st.builds(
    Container,
    name=st.just("extra"),
    image=IMAGES,
    resources=st.just(SMALL),
    env=st.dictionaries(VARIABLE, TEXT, max_size=2),
    volumes=st.dictionaries(LABEL.map("/extra/".__add__), VOLUMES, max_size=1),
    ports=st.sampled_from([{}, {"extra": 65023}]),
)
PROGRAM = {
    "volumes": st.dictionaries(LABEL.map("/volumes/".__add__), VOLUMES, max_size=1),
    "containers": st.lists(EXTRA, max_size=1),
    "init_containers": st.lists(st.builds(lambda one: replace(one, name="before", ports={}), EXTRA), max_size=1),
    "image": IMAGES | PINNED,
    "resources": st.builds(
        Resources,
        cpu=pairs(1, 4000, "m") | st.just(("1m", None)),
        memory=pairs(1, 4096, "Mi"),
        ephemeral_storage=pairs(1, 9, "Gi"),
    ),
    "args": st.lists(TEXT, max_size=3),
    "env": st.dictionaries(VARIABLE, TEXT, max_size=4),
    "env_from": st.lists(SECRETS, max_size=2),
    "secret_files": st.lists(SECRETS, max_size=2, unique_by=lambda secret: secret.name),
    "pods": PODS,
}
POLICIES = st.builds(
    ScalingPolicy,
    type=st.sampled_from(["Pods", "Percent"]),
    value=st.integers(1, 999),
    period_seconds=st.integers(1, 1800),
)
RULES = st.builds(
    ScalingRules,
    stabilization_window_seconds=st.integers(0, 3600),
    policies=st.lists(POLICIES, min_size=1, max_size=3),
    select_policy=st.sampled_from(["Max", "Min", "Disabled"]),
)
REPLICAS = st.integers(0, 99) | st.builds(
    lambda bounds, **targets: Autoscaling(minimum=bounds[0], maximum=bounds[1], **targets),
    st.tuples(st.integers(1, 50), st.integers(1, 50)).map(sorted),
    cpu=st.integers(1, 300),
    memory=st.none() | st.integers(1, 300),
    scale_up=RULES,
    scale_down=RULES,
)
SECONDS = st.integers(1, 3600)
TLS = st.builds(Tls.cert_manager, LABEL) | st.builds(Tls.secret, LABEL) | st.builds(Tls.none, LABEL)
STICKY = st.none() | st.builds(StickyCookie, name=st.none() | LABEL, max_age=st.none() | SECONDS)
WAYS = st.one_of(
    st.builds(NginxIngress, class_name=LABEL, tls=TLS, read_timeout=st.none() | SECONDS, sticky=STICKY),
    st.builds(TraefikIngress, class_name=LABEL, tls=TLS, response_timeout=st.none() | SECONDS, sticky=STICKY),
    st.builds(
        AlbIngress,
        cidrs=st.just(["10.0.0.0/20"]),
        tls=st.builds(Acm.discovered) | st.builds(Acm.none, LABEL),
        group=st.none() | LABEL,
        sticky=st.none() | SECONDS,
    ),
    st.builds(
        GatewayRoute,
        gateway=LABEL,
        namespace=LABEL,
        redirect_listener=st.none() | st.just("http"),
        proxy_labels=st.dictionaries(LABEL, LABEL, max_size=2),
        backend_request_timeout=st.none() | SECONDS,
        request_headers=st.dictionaries(LABEL, LABEL, max_size=2),
    ),
)
HOSTS = st.builds(Host, HOST, PATH, path_type=st.sampled_from(["Prefix", "Exact"]))
WEB_SERVICES = st.fixed_dictionaries(
    {
        **PROGRAM,
        "port": st.integers(1024, 60000),
        "ports": st.sampled_from([{}, {"metrics": 65000}]),
        "health_path": PATH,
        "replicas": REPLICAS,
        "hosts": st.lists(HOSTS, max_size=3, unique=True),
        "ingress": WAYS,
        "cluster_ip": st.builds(ClusterIP, session_affinity=st.none() | st.integers(1, 86_400)) | st.just(Headless()),
        "monitoring": st.none() | st.just(MONITORING),
        "shutdown": st.builds(Shutdown, pause=st.integers(0, 60), drain=st.integers(0, 600))
        | st.builds(Shutdown, pause=st.integers(1, 60), drain=st.integers(0, 600), command=st.just(["leave"])),
        "scratch": st.dictionaries(PATH.map("/scratch".__add__), MEBIBYTES, max_size=1),
    },
    optional={"startup": PROBES, "command": st.lists(TEXT, min_size=1, max_size=3)},
)
WORKERS = st.fixed_dictionaries(
    {
        **PROGRAM,
        "command": st.lists(TEXT, min_size=1, max_size=3),
        "replicas": REPLICAS,
        "heartbeat": st.builds(Heartbeat, file=LABEL.map("/tmp/".__add__), max_age_minutes=st.integers(1, 60))
        | st.builds(Probe.exec, TEXT, **TIMING)
        | st.builds(Probe.none, LABEL),
    }
)
OPERATIONS = st.fixed_dictionaries({**PROGRAM, "command": st.lists(TEXT, min_size=1), "deadline": st.integers(1, 9999)})


def written(folder: Path, compose: Callable[[Chart], object]) -> dict[str, bytes]:
    app = App(outdir=str(folder), yaml_output_type=YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE)
    compose(Chart(app, "production", namespace="shop"))
    synth(app, external={"*/shop/*"})
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.yaml")}


@repeatable
@pytest.mark.parametrize(
    ("construct", "options"),
    [(WebService, WEB_SERVICES), (Worker, WORKERS), (SuspendedCronJob, OPERATIONS)],
    ids=["web-service", "worker", "suspended-cron-job"],
)
@given(data=st.data())
def test_any_valid_options_give_objects_that_kubernetes_accepts(
    tmp_path: Path, construct: Any, options: st.SearchStrategy[dict[str, Any]], data: st.DataObject
) -> None:
    chart = Chart(App(outdir=str(tmp_path)), "production", namespace="shop")
    made = construct(chart, data.draw(LABEL), **data.draw(options))
    assert list(made.problems()) == []
    for o in chart.to_json():
        if not o["apiVersion"].startswith("monitoring."):
            assert [text for release in (RELEASES[0], RELEASES[-1]) for text in problems(o, release)] == []


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
def test_the_order_of_construction_does_not_show(tmp_path: Path, order: tuple[int, ...]) -> None:
    def compose(order: tuple[int, ...]) -> Callable[[Chart], None]:
        def composed(chart: Chart) -> None:
            makers: list[Callable[[], Any]] = [
                lambda: Datastore.redis(
                    chart, "redis", image=TAGGED, resources=SMALL, storage=Storage(size="1Gi"), secret=REDIS_SECRET
                ),
                lambda: ConfigMap(chart, "settings", data={"b": "1", "a": "2"}),
                lambda: WebService(chart, "web", image=TAGGED, port=8000, health_path="/", resources=SMALL, replicas=2),
                lambda: Worker(
                    chart, "worker", image=TAGGED, command=["w"], resources=SMALL, replicas=1, heartbeat=Heartbeat()
                ),
            ]
            made = {index: makers[index]() for index in order}
            for client in sorted((2, 3), key=order.index):
                made[client].connect_to(made[0])

        return composed

    assert written(tmp_path / "one", compose(order)) == written(tmp_path / "other", compose((0, 1, 2, 3)))


ANYTHING = st.text(max_size=12) | st.sampled_from(["latest", "a:latest", "512MB", "-1", "1.5.0", "1Gi", "a.b", "x:1"])
NUMBER = st.integers(-10, 100_000)


@repeatable
@given(
    id=ANYTHING,
    image=ANYTHING,
    sizes=st.tuples(ANYTHING, ANYTHING),
    port=NUMBER,
    path=ANYTHING,
    host=ANYTHING,
    bounds=st.tuples(NUMBER, NUMBER),
    scratch=st.dictionaries(ANYTHING, ANYTHING, max_size=2),
    env=st.dictionaries(ANYTHING, ANYTHING, max_size=2),
    label=ANYTHING,
    cidr=ANYTHING,
)
def test_any_options_give_objects_or_a_manifest_error(
    tmp_path: Path,
    id: str,
    image: str,
    sizes: tuple[str, str],
    port: int,
    path: str,
    host: str,
    bounds: tuple[int, int],
    scratch: dict[str, str],
    env: dict[str, str],
    label: str,
    cidr: str,
) -> None:
    def compose(chart: Chart) -> None:
        service = WebService(
            chart,
            id,
            image=Image(image),
            port=port,
            health_path=path,
            resources=Resources(cpu=sizes, memory=sizes),
            replicas=Autoscaling(minimum=bounds[0], maximum=bounds[1]),
            hosts=[Host(host, path)],
            scratch=scratch,
            env=env,
            env_from=[Secret(label, (label,))],
            pods=Pods(labels={label: label}),
        )
        rds = Datastore.external(
            chart, f"{id}-rds", address=External(host=host, cidrs=(cidr,)), port=5432, secret=REDIS_SECRET
        )
        service.connect_to(rds)

    refusal = ""
    try:
        written(tmp_path, compose)
    except ManifestError as error:
        refusal = str(error)
    assert "    at " not in refusal  # a line of a JavaScript stack
