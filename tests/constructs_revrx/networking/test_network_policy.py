"""Everything is closed; what `connect_to` declares is open at both ends, and nothing else."""

from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from constructs_revrx import Email, Endpoint, External, Internet, Manifest, synth
from cdk8s import App, Chart, JsonPatch
from constructs import Construct

from ..properties.shop import (
    CLIENTS,
    DATASTORES,
    K8S,
    SMTP_SECRET,
    WORKLOADS,
    Object,
    Recipe,
    backup_cron_job,
    external,
    postgres,
    redis,
    suspended_cron_job,
    web_service,
    worker,
)

DNS = {
    "to": [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        }
    ],
    "ports": [{"port": 53, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}],
}

BACKEND = {"podSelector": {"matchLabels": {f"{K8S}/name": "backend", f"{K8S}/component": "web"}}}
MAILER = {"podSelector": {"matchLabels": {f"{K8S}/name": "mailer", f"{K8S}/component": "worker"}}}
POSTGRES = {"podSelector": {"matchLabels": {f"{K8S}/name": "postgres", f"{K8S}/component": "database"}}}
REDIS = {"podSelector": {"matchLabels": {f"{K8S}/name": "redis", f"{K8S}/component": "broker"}}}


def namespace(name: str) -> Object:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def tcp(port: int) -> list[Object]:
    return [{"port": port, "protocol": "TCP"}]


def ingress(workload: Any) -> list[Object]:
    return rules(workload, "ingress")


def egress(workload: Any) -> list[Object]:
    return rules(workload, "egress")


def rules(workload: Any, direction: str) -> list[Object]:
    """By their ports."""
    found = workload.network_policy.to_json()["spec"].get(direction, [])
    return sorted(found, key=lambda rule: [port["port"] for port in rule["ports"]])


@pytest.mark.parametrize("recipe", WORKLOADS.values(), ids=WORKLOADS)
def test_every_workload_is_closed_both_ways_by_a_policy_of_its_own(chart: Chart, recipe: Recipe) -> None:
    policy = recipe(chart).network_policy.to_json()
    assert policy["metadata"]["name"] == recipe.id
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]


@pytest.mark.parametrize(
    "recipe", [web_service, worker, suspended_cron_job], ids=["web-service", "worker", "suspended-cron-job"]
)
def test_by_itself_a_client_reaches_dns_and_is_reached_by_nothing(chart: Chart, recipe: Recipe) -> None:
    client = recipe(chart)
    assert egress(client) == [DNS]
    assert ingress(client) == []


@pytest.mark.parametrize("recipe", DATASTORES.values(), ids=DATASTORES)
def test_by_itself_a_datastore_reaches_nothing_not_even_dns_and_is_reached_by_nothing(
    chart: Chart, recipe: Recipe
) -> None:
    datastore = recipe(chart)
    assert egress(datastore) == []
    assert ingress(datastore) == []


@pytest.mark.parametrize("recipe", CLIENTS.values(), ids=CLIENTS)
def test_a_connection_opens_the_clients_egress_and_the_servers_ingress_on_its_port(
    chart: Chart, recipe: Recipe
) -> None:
    client, server = recipe(chart), postgres(chart, "db")
    before = egress(client), ingress(client)
    client.connect_to(server)
    peer = {"podSelector": {"matchLabels": {f"{K8S}/name": "db", f"{K8S}/component": "database"}}}
    assert egress(client) == [*before[0], {"to": [peer], "ports": tcp(5432)}]
    assert ingress(client) == before[1]
    me = {"podSelector": {"matchLabels": client.labels.selector}}
    assert ingress(server) == [{"from": [me], "ports": tcp(5432)}]
    assert egress(server) == []


def test_several_targets_are_declared_in_one_call(chart: Chart) -> None:
    client, one, two = worker(chart), postgres(chart), redis(chart)
    client.connect_to(one, two)
    assert egress(client) == [DNS, {"to": [POSTGRES], "ports": tcp(5432)}, {"to": [REDIS], "ports": tcp(6379)}]
    assert ingress(one) == [{"from": [MAILER], "ports": tcp(5432)}]
    assert ingress(two) == [{"from": [MAILER], "ports": tcp(6379)}]


def test_several_clients_connect_to_one_server(chart: Chart) -> None:
    server = redis(chart)
    for recipe in (web_service, worker):
        recipe(chart).connect_to(server)
    assert ingress(server) == [{"from": [BACKEND], "ports": tcp(6379)}, {"from": [MAILER], "ports": tcp(6379)}]


def test_a_web_service_is_connected_to_on_its_own_port(chart: Chart) -> None:
    client, server = worker(chart), web_service(chart, port=8123)
    client.connect_to(server)
    assert egress(client) == [DNS, {"to": [BACKEND], "ports": tcp(8123)}]
    assert ingress(server) == [{"from": [MAILER], "ports": tcp(8123)}]
    assert egress(server) == [DNS]


def test_a_connection_may_name_another_port_and_opens_that_one_only(chart: Chart) -> None:
    client, server = worker(chart), web_service(chart, port=8000, ports={"grpc": 9000, "metrics": 9090})
    client.connect_to(server.at("grpc"))
    assert egress(client) == [DNS, {"to": [BACKEND], "ports": tcp(9000)}]
    assert ingress(server) == [{"from": [MAILER], "ports": tcp(9000)}]


def test_a_connection_that_names_no_port_is_to_http(chart: Chart) -> None:
    client, server = worker(chart), web_service(chart, port=8000, ports={"grpc": 9000})
    client.connect_to(server, server.at("http"))
    assert egress(client) == [DNS, {"to": [BACKEND], "ports": tcp(8000)}]


def test_a_named_port_of_another_namespace_is_reached_there(app: App) -> None:
    server = web_service(Chart(app, "a", namespace="a"), ports={"grpc": 9000})
    client = worker(Chart(app, "b", namespace="b"))
    client.connect_to(server.at("grpc"))
    (rule,) = (rule for rule in egress(client) if rule != DNS)
    assert rule["to"][0]["namespaceSelector"] == {"matchLabels": {"kubernetes.io/metadata.name": "a"}}


def test_a_connection_to_a_port_that_is_not_declared_is_refused(chart: Chart) -> None:
    client, server = worker(chart), web_service(chart, ports={"grpc": 9000})
    client.connect_to(server.at("metrics"))
    assert list(client.problems()) == ["connect_to: backend has no port 'metrics', but http, grpc; name one of them"]


def test_a_connection_opens_nothing_of_those_beside_it(chart: Chart) -> None:
    client, server, other = worker(chart), postgres(chart), redis(chart)
    client.connect_to(server)
    assert (ingress(other), egress(other)) == ([], [])


def test_a_connection_is_the_same_when_its_ends_are_nested(chart: Chart) -> None:
    client, server = worker(Construct(chart, "a")), postgres(Construct(chart, "b"))
    client.connect_to(server)
    assert egress(client) == [DNS, {"to": [POSTGRES], "ports": tcp(5432)}]
    assert ingress(server) == [{"from": [MAILER], "ports": tcp(5432)}]


def test_across_namespaces_both_ends_say_which(app: App) -> None:
    client = worker(worker.chart(app, "shop", namespace="shop"))
    server = postgres(postgres.chart(app, "data", namespace="data"))
    client.connect_to(server)
    assert egress(client) == [DNS, {"to": [{**namespace("data"), **POSTGRES}], "ports": tcp(5432)}]
    assert ingress(server) == [{"from": [{**namespace("shop"), **MAILER}], "ports": tcp(5432)}]


def test_between_charts_of_one_namespace_neither_end_names_it(app: App) -> None:
    client, server = worker(worker.chart(app, "one")), postgres(postgres.chart(app, "two"))
    client.connect_to(server)
    assert egress(client) == [DNS, {"to": [POSTGRES], "ports": tcp(5432)}]
    assert ingress(server) == [{"from": [MAILER], "ports": tcp(5432)}]


ADDRESS = External(host="db.example.com", cidrs=("10.20.0.0/20", "10.20.16.0/20"))
ADDRESSES = [{"ipBlock": {"cidr": "10.20.0.0/20"}}, {"ipBlock": {"cidr": "10.20.16.0/20"}}]


def test_to_an_external_datastore_only_its_addresses_are_open(chart: Chart) -> None:
    client = worker(chart)
    client.connect_to(external(chart, address=ADDRESS, port=6432))
    assert egress(client) == [DNS, {"to": ADDRESSES, "ports": tcp(6432)}]
    assert ingress(client) == []


def test_an_external_datastore_of_another_charts_namespace_is_still_just_addresses(app: App) -> None:
    client = worker(worker.chart(app, "one", namespace="shop"))
    client.connect_to(external(external.chart(app, "two", namespace="data"), address=ADDRESS))
    assert egress(client) == [DNS, {"to": ADDRESSES, "ports": tcp(5432)}]


def test_to_the_internet_one_port_is_open_443_by_default(chart: Chart) -> None:
    client = worker(chart)
    client.connect_to(Internet(), Internet(587))
    assert [rule["ports"] for rule in egress(client)[1:]] == [tcp(443), tcp(587)]


def internet_holds(chart: Chart, address: str) -> bool:
    client = worker(chart)
    client.connect_to(Internet())
    ((peer,),) = (rule["to"] for rule in egress(client)[1:])
    block = peer["ipBlock"]
    inside = ip_address(address) in ip_network(block["cidr"])
    return inside and not any(ip_address(address) in ip_network(cidr) for cidr in block["except"])


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("10.0.0.1", id="RFC1918-A"),
        pytest.param("10.255.255.255", id="RFC1918-A-end"),
        pytest.param("172.16.0.1", id="RFC1918-B"),
        pytest.param("172.31.255.255", id="RFC1918-B-end"),
        pytest.param("192.168.255.255", id="RFC1918-C"),
        pytest.param("100.64.0.1", id="RFC6598"),
        pytest.param("100.127.255.255", id="RFC6598-end"),
        pytest.param("169.254.169.254", id="metadata-service"),
    ],
)
def test_private_addresses_are_not_the_internet(chart: Chart, address: str) -> None:
    assert not internet_holds(chart, address)


@pytest.mark.parametrize(
    "address", ["9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.169.0.1"]
)
def test_public_addresses_are_the_internet(chart: Chart, address: str) -> None:
    assert internet_holds(chart, address)


@pytest.mark.parametrize("port", [587, 465])
def test_a_backup_reaches_its_database_s3_and_the_mail_server(chart: Chart, port: int) -> None:
    source = postgres(chart)
    notify = Email(to="ops@example.com", secret=SMTP_SECRET, port=port)
    backup = backup_cron_job(chart, source=source, notify=notify)
    assert [rule["ports"] for rule in egress(backup)] == [DNS["ports"], tcp(443), tcp(port), tcp(5432)]
    assert ingress(backup) == []
    peers = [
        {"podSelector": {"matchLabels": {f"{K8S}/name": name, f"{K8S}/component": "backup"}}}
        for name in ("postgres-backup", "postgres-restore")
    ]
    assert ingress(source) == [{"from": [peer], "ports": tcp(5432)} for peer in peers]


@pytest.mark.parametrize("command", ["verify", "watch"])
def test_what_only_reads_the_bucket_reaches_no_database(chart: Chart, command: str) -> None:
    reader = getattr(backup_cron_job(chart), command)
    assert [rule["ports"] for rule in egress(reader)] == [DNS["ports"], tcp(443), tcp(587)]
    assert ingress(reader) == []


def test_mail_is_submitted_on_port_587_by_default() -> None:
    assert Email(to="ops@example.com", secret=SMTP_SECRET).port == 587


def test_a_backup_of_a_server_outside_reaches_its_addresses(chart: Chart) -> None:
    backup = backup_cron_job(chart, source=external(chart, "db", address=ADDRESS))
    assert {"to": ADDRESSES, "ports": tcp(5432)} in egress(backup)


NO_PORT = "listens on no port; connect to a WebService, a Datastore or Internet(port)"


@pytest.mark.parametrize("recipe", [worker, suspended_cron_job], ids=["worker", "suspended-cron-job"])
def test_a_connection_to_what_listens_on_no_port_is_refused(chart: Chart, recipe: Recipe) -> None:
    backend, other = web_service(chart), recipe(chart)
    backend.connect_to(other)
    assert list(backend.problems()) == [f"connect_to: {other.name} {NO_PORT}"]
    assert egress(backend) == [DNS]


def test_a_connection_to_what_is_no_construct_is_refused_and_the_others_are_made(chart: Chart) -> None:
    backend, server = web_service(chart), redis(chart)
    backend.connect_to("redis", server)
    assert list(backend.problems()) == [f"connect_to: 'redis' {NO_PORT}"]
    assert ingress(server) == [{"from": [BACKEND], "ports": tcp(6379)}]


@pytest.mark.parametrize("port", [1, 65535])
def test_a_connection_to_any_port_there_is_is_accepted(chart: Chart, port: int) -> None:
    client = worker(chart)
    client.connect_to(Internet(port))
    assert list(client.problems()) == []


@pytest.mark.parametrize("port", [0, 65536])
def test_a_connection_to_a_port_that_cannot_be_is_refused(chart: Chart, port: int) -> None:
    client = worker(chart)
    client.connect_to(Internet(port))
    assert list(client.problems()) == [f"connect_to: port {port} is not from 1 to 65535"]


def test_a_connection_declared_twice_is_one(chart: Chart) -> None:
    client, server = worker(chart), redis(chart)
    client.connect_to(server)
    client.connect_to(server)
    assert egress(client) == [DNS, {"to": [REDIS], "ports": tcp(6379)}]
    assert ingress(server) == [{"from": [MAILER], "ports": tcp(6379)}]


LEGACY = Endpoint(peers=({"ipBlock": {"cidr": "10.1.0.0/24"}},), ports=(5671, 5672))


@pytest.mark.parametrize("recipe", CLIENTS.values(), ids=CLIENTS)
def test_what_no_construct_describes_is_an_endpoint(chart: Chart, recipe: Recipe) -> None:
    client = recipe(chart)
    client.connect_to(LEGACY, LEGACY)
    assert list(client.problems()) == []
    to = [{"ipBlock": {"cidr": "10.1.0.0/24"}}]
    ports = [{"port": port, "protocol": "TCP"} for port in (5671, 5672)]
    assert client.network_policy.to_json()["spec"]["egress"].count({"to": to, "ports": ports}) == 1


def test_anything_with_an_endpoint_can_be_connected_to(chart: Chart) -> None:
    class Mainframe:
        endpoint = LEGACY

    backend = web_service(chart)
    backend.connect_to(Mainframe())
    assert list(backend.problems()) == []
    assert list(LEGACY.peers) in [rule["to"] for rule in egress(backend)]


@pytest.mark.parametrize(
    ("endpoint", "problem"),
    [
        pytest.param(
            Endpoint(peers=(), ports=(80,)),
            "peers is empty, which to a NetworkPolicy means everyone; name those that are meant",
            id="everyone",
        ),
        pytest.param(Endpoint(peers=LEGACY.peers, ports=(80, 70000)), "port 70000 is not from 1 to 65535", id="port"),
    ],
)
def test_an_endpoint_that_cannot_be_is_refused(chart: Chart, endpoint: Endpoint, problem: str) -> None:
    backend = web_service(chart)
    backend.connect_to(endpoint)
    assert list(backend.problems()) == [f"connect_to: {problem}"]


# What is written


def test_rules_stand_in_one_order_whatever_that_of_the_code(app: App) -> None:
    policies = []
    for number, backwards in enumerate((False, True)):
        chart = Chart(app, f"c{number}", namespace="shop")
        client, targets = worker(chart), [postgres(chart), redis(chart), Internet(443)]
        client.connect_to(*(reversed(targets) if backwards else targets))
        policies.append(client.network_policy.to_json()["spec"])
    assert policies[0] == policies[1]
    assert len(policies[0]["egress"]) == 4


def test_an_empty_list_of_rules_is_left_out_for_the_api_server_drops_it(chart: Chart) -> None:
    assert "ingress" not in worker(chart).network_policy.to_json()["spec"]
    patched = worker(chart, "patched").network_policy
    patched.add_json_patch(JsonPatch.add("/spec/ingress/-", {"from": [MAILER]}))
    assert patched.to_json()["spec"]["ingress"] == [{"from": [MAILER]}]


def test_a_policy_that_the_user_writes_is_left_as_it_is(app: App, chart: Chart, tmp_path: Path) -> None:
    spec = {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": [REDIS]}, {"to": [MAILER]}], "ingress": []}
    Manifest(chart, "own", api_version="networking.k8s.io/v1", kind="NetworkPolicy", name="own", spec=spec)
    synth(app, external={"Pod/shop/*"})
    (file,) = tmp_path.rglob("*.yaml")
    assert yaml.safe_load(file.read_text())["spec"] == spec
