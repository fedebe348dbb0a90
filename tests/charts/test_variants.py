"""What one value of an environment changes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from constructs_revrx import (
    AlbIngress,
    CertificateAuthority,
    ExistingConfigMap,
    External,
    GatewayRoute,
    Monitoring,
    NginxIngress,
    Tls,
    TraefikIngress,
)
from cdk8s import App

from charts.bootstrap import Bootstrap
from charts.environment import AcmeIssuer, Environment
from charts.production import PRODUCTION
from charts.revrx import RevRx
from docs.topology import diagram

from .dist import Object, containers, documents, label, named, of_kind, pod_spec, workloads

RDS = External(
    host="revrx.abc123.eu-central-1.rds.amazonaws.com",
    cidrs=("10.20.0.0/20", "10.20.16.0/20"),
    ca_certificates=CertificateAuthority(config_map=ExistingConfigMap("rds-ca"), key="global-bundle.pem"),
)
ELASTICACHE = External(host="master.revrx.abc123.euc1.cache.amazonaws.com", cidrs=("10.20.32.0/20",))


def revrx(tmp_path: Path, **values: Any) -> list[Object]:
    objects: list[Object] = RevRx(App(outdir=str(tmp_path)), replace(PRODUCTION, **values)).to_json()
    return objects


def bootstrap(tmp_path: Path, **values: Any) -> list[Object]:
    env: Environment = replace(PRODUCTION, **values)
    app = App(outdir=str(tmp_path))
    guards: list[Object] = Bootstrap(App(outdir=str(tmp_path)), env, deploys=RevRx(app, env)).to_json()
    return guards


def ids(objects: list[Object]) -> set[str]:
    return {label(o) for o in objects}


def test_with_an_hourly_backup_an_old_one_is_told_within_hours(tmp_path: Path) -> None:
    objects = revrx(tmp_path, backup_schedule="0 * * * *", watch_schedule="30 * * * *")
    schedules = {o["metadata"]["name"]: o["spec"]["schedule"] for o in of_kind(objects, "CronJob")}
    assert schedules["postgres-backup"] == "0 * * * *"
    assert schedules["postgres-backup-watch"] == "30 * * * *"
    (watch,) = containers(named(objects, "CronJob", "postgres-backup-watch"))
    assert {"name": "BACKUP_MAX_AGE_HOURS", "value": "3"} in watch["env"]


@pytest.fixture
def managed(tmp_path: Path) -> list[Object]:
    """Production on RDS and ElastiCache."""
    return revrx(tmp_path, postgres=RDS, redis=ELASTICACHE)


def test_on_rds_and_elasticache_only_the_datastores_objects_are_gone(managed: list[Object]) -> None:
    gone = ids(documents("production")) - ids(managed)
    assert gone == {
        f"revrx/{kind}/{name}{suffix}"
        for name in ("postgres", "redis")
        for kind, suffix in (
            ("StatefulSet", ""),
            ("Service", ""),
            ("PersistentVolumeClaim", "-pvc"),
            ("ServiceAccount", ""),
            ("NetworkPolicy", ""),
            ("PodDisruptionBudget", ""),
        )
    }
    assert ids(managed) < ids(documents("production"))


@pytest.mark.parametrize("client", ["backend", "celery-worker", "backend-migrate", "postgres-backup"])
def test_on_rds_its_clients_may_reach_its_subnets(managed: list[Object], client: str) -> None:
    egress = named(managed, "NetworkPolicy", client)["spec"]["egress"]
    to_postgres = [rule["to"] for rule in egress if rule["ports"] == [{"port": 5432, "protocol": "TCP"}]]
    assert to_postgres == [[{"ipBlock": {"cidr": cidr}} for cidr in RDS.cidrs]]


def test_on_elasticache_redis_is_reached_over_tls(managed: list[Object]) -> None:
    for name in ("backend", "celery-worker"):
        (container,) = containers(named(managed, "Deployment", name))
        (url,) = (variable["value"] for variable in container["env"] if variable["name"] == "REDIS_URL")
        assert url == f"rediss://:$(REDIS_PASSWORD)@{ELASTICACHE.host}:6379/0"


def test_on_rds_the_backup_verifies_the_server_s_certificate(managed: list[Object]) -> None:
    backup = named(managed, "CronJob", "postgres-backup")
    (container,) = containers(backup)
    env = {variable["name"]: variable["value"] for variable in container["env"]}
    assert (env["PGHOST"], env["PGPORT"]) == (RDS.host, "5432")
    # No image knows RDS' authority.
    (volume,) = [volume["name"] for volume in pod_spec(backup)["volumes"] if "configMap" in volume]
    (folder,) = [mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] == volume]
    assert (env["PGSSLMODE"], env["PGSSLROOTCERT"]) == ("verify-full", f"{folder}/global-bundle.pem")
    assert env["POSTGRES_SECRET"] == "/run/secrets/postgres-secret"


def test_on_rds_and_elasticache_the_rest_is_the_same(managed: list[Object]) -> None:
    before = {label(o): o for o in documents("production")}
    changed = {label(o) for o in managed if o["kind"] != "NetworkPolicy" and o != before[label(o)]}
    assert changed == {
        "revrx/Deployment/backend",
        "revrx/Deployment/celery-worker",
        "revrx/CronJob/postgres-backup",
        "revrx/CronJob/postgres-restore",
    }


def test_monitoring_adds_monitors_and_rules_and_lets_prometheus_in(tmp_path: Path) -> None:
    monitored = revrx(tmp_path, monitoring=Monitoring(namespace="monitoring"))
    before = documents("production")
    running = {o["metadata"]["name"] for o in of_kind(before, "Deployment", "StatefulSet")}
    web = {o["metadata"]["name"] for o in of_kind(before, "Service")} - {"postgres", "redis"}
    assert ids(monitored) - ids(before) == {
        *(f"revrx/ServiceMonitor/{name}" for name in web),
        *(f"revrx/PrometheusRule/{name}" for name in {*running, "postgres-backup"}),
    }
    for name in web:
        sources = [peer for rule in named(monitored, "NetworkPolicy", name)["spec"]["ingress"] for peer in rule["from"]]
        assert {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}} in sources


def test_a_monitor_selects_its_service_and_names_its_port(tmp_path: Path) -> None:
    monitored = revrx(tmp_path, monitoring=Monitoring())
    for monitor in of_kind(monitored, "ServiceMonitor"):
        service = named(monitored, "Service", monitor["metadata"]["name"])
        assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
        assert monitor["spec"]["endpoints"][0]["port"] in {port["name"] for port in service["spec"]["ports"]}


def test_a_backup_older_than_26_hours_or_unverified_for_a_week_raises_an_alert(tmp_path: Path) -> None:
    monitored = revrx(tmp_path, monitoring=Monitoring())
    (group,) = named(monitored, "PrometheusRule", "postgres-backup")["spec"]["groups"]
    too_old, not_verified = (rule["expr"] for rule in group["rules"])
    assert "> 26 * 3600 or absent(" in too_old
    assert 'namespace="revrx",cronjob="postgres-backup"' in too_old
    assert "> 170 * 3600 or absent(" in not_verified
    assert 'namespace="revrx",cronjob="postgres-backup-verify"' in not_verified


def test_without_monitoring_there_is_no_object_of_the_prometheus_operator() -> None:
    assert not of_kind(documents("staging", "production"), "ServiceMonitor", "PrometheusRule")


def test_the_cluster_issuer_is_an_option_of_bootstrap(tmp_path: Path) -> None:
    assert not of_kind(bootstrap(tmp_path), "ClusterIssuer")
    (issuer,) = of_kind(bootstrap(tmp_path, acme_issuer=AcmeIssuer(email="devops@revrx.com")), "ClusterIssuer")
    assert PRODUCTION.ingress == NginxIngress(tls=Tls.cert_manager(issuer["metadata"]["name"]))
    assert "namespace" not in issuer["metadata"]
    assert issuer["spec"]["acme"]["email"] == "devops@revrx.com"
    ingress = {"ingressClassName": "nginx", "serviceType": "ClusterIP"}
    assert issuer["spec"]["acme"]["solvers"] == [{"http01": {"ingress": ingress}}]


def test_deployers_gain_the_kinds_that_a_value_adds(tmp_path: Path) -> None:
    role = named(bootstrap(tmp_path, monitoring=Monitoring()), "Role", "deployer")
    (rule,) = (rule for rule in role["rules"] if rule["apiGroups"] == ["monitoring.coreos.com"])
    assert set(rule["resources"]) == {"servicemonitors", "prometheusrules"}


def test_variants_keep_the_rules_of_pods(managed: list[Object]) -> None:
    assert workloads(managed)
    for o in workloads(managed):
        for container in containers(o):
            assert container["securityContext"]["readOnlyRootFilesystem"] is True


GATEWAY = GatewayRoute(gateway="public", namespace="gateways", proxy_namespace="envoy-gateway-system")
WAYS = {"traefik": TraefikIngress(), "alb": AlbIngress(cidrs=["10.0.0.0/20"]), "gateway": GATEWAY}
every_way = pytest.mark.parametrize("ingress", WAYS.values(), ids=WAYS)


def ways_in(objects: list[Object], name: str) -> list[Object]:
    """The peers of a web service that are not its own namespace's pods."""
    rules = named(objects, "NetworkPolicy", name)["spec"]["ingress"]
    return [peer for rule in rules for peer in rule["from"] if peer.keys() != {"podSelector"}]


@every_way
def test_another_way_in_changes_nothing_but_how_hosts_are_reached(tmp_path: Path, ingress: Any) -> None:
    before = {label(o): o for o in documents("production")}
    reached = {label(o): o for o in revrx(tmp_path, ingress=ingress)}
    assert {label.split("/")[1] for label in before.keys() - reached.keys()} <= {"Ingress", "NetworkPolicy"}
    assert {o["kind"] for name, o in reached.items() if name in before and o != before[name]} <= {
        "Ingress",
        "NetworkPolicy",
        "Service",
    }


@every_way
def test_every_host_is_reached_over_https_and_http_redirected(tmp_path: Path, ingress: Any) -> None:
    objects = revrx(tmp_path, ingress=ingress)
    hosts = {PRODUCTION.app_host, PRODUCTION.api_host}
    encrypted, redirected = exposed(objects)
    assert encrypted == redirected == hosts


def exposed(objects: list[Object]) -> tuple[set[str], set[str]]:
    """The hosts that lead to a Service over HTTPS, and those whose HTTP is redirected."""
    encrypted, redirected = set(), set()
    for ingress in of_kind(objects, "Ingress"):
        annotations, rules = ingress["metadata"]["annotations"], ingress["spec"]["rules"]
        hosts = {rule["host"] for rule in rules}
        tls = {host for entry in ingress["spec"].get("tls", []) for host in entry["hosts"]}
        listeners = annotations.get("alb.ingress.kubernetes.io/listen-ports", "")
        encrypted |= tls | (hosts if "HTTPS" in listeners else set())
        if annotations.get("alb.ingress.kubernetes.io/ssl-redirect") == "443":
            redirected |= hosts
        if annotations.get("traefik.ingress.kubernetes.io/router.middlewares", "").endswith("-redirect@kubernetescrd"):
            assert annotations["traefik.ingress.kubernetes.io/router.entrypoints"] == "web"
            redirected |= hosts
    for route in of_kind(objects, "HTTPRoute"):
        (parent,) = route["spec"]["parentRefs"]
        (rule,) = route["spec"]["rules"]
        if "backendRefs" in rule:
            assert parent["sectionName"] == "https"
            encrypted |= set(route["spec"]["hostnames"])
        else:
            assert parent["sectionName"] == "http"
            redirected |= set(route["spec"]["hostnames"])
    return encrypted, redirected


@pytest.mark.parametrize(
    ("way", "peer"),
    [
        ("traefik", {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "traefik"}}}),
        ("alb", {"ipBlock": {"cidr": "10.0.0.0/20"}}),
        ("gateway", {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "envoy-gateway-system"}}}),
    ],
)
def test_only_those_who_carry_the_requests_are_let_in(tmp_path: Path, way: str, peer: Object) -> None:
    objects = revrx(tmp_path, ingress=WAYS[way])
    for name in ("backend", "frontend"):
        assert ways_in(objects, name) == [peer]


def test_through_a_gateway_deployers_may_write_routes(tmp_path: Path) -> None:
    deployer = named(bootstrap(tmp_path, ingress=GATEWAY), "Role", "deployer")["rules"]
    (rule,) = (rule for rule in deployer if rule["apiGroups"] == ["gateway.networking.k8s.io"])
    assert rule["resources"] == ["httproutes"]
    assert not [rule for rule in deployer if "ingresses" in rule["resources"]]


@pytest.mark.parametrize(("way", "door"), [("traefik", "443"), ("alb", "443"), ("gateway", "https")])
def test_the_topology_shows_the_way_in(tmp_path: Path, way: str, door: str) -> None:
    drawn = diagram([*revrx(tmp_path, ingress=WAYS[way]), *bootstrap(tmp_path, ingress=WAYS[way])])
    assert [line for line in drawn.splitlines() if line.startswith("  host_")] == [
        f"  host_api_2E_revrx_2E_com -.->|{door}| service_backend",
        f"  host_app_2E_revrx_2E_com -.->|{door}| service_frontend",
    ]
    assert "  service_backend -.->|8000| workload_backend" in drawn
