"""docs/topology.md: fresh, complete, and no arrow that is not open."""

import re
from copy import deepcopy
from typing import Any

import pytest

from docs.topology import diagram, page

from ..charts.dist import DIST, ROOT, Object, documents, guards, named, of_kind, workloads

NODE = re.compile(r'^    (?P<id>[a-z]+_[A-Za-z0-9_]+)\W+"(?P<text>[^"<>]+(<br/>[^"<>]+)*)"\W+$')
ARROW = re.compile(r"^  (?P<source>\w+) (?P<arrow>-->|-\.->)\|(?P<ports>[A-Za-z0-9–, ]+)\| (?P<target>\w+)$")

HTTPS = {
    ("host app.revrx.com", "service frontend", "443"),
    ("host api.revrx.com", "service backend", "443"),
    ("service frontend", "workload frontend", "3000"),
    ("service backend", "workload backend", "8000"),
    ("namespace ingress-nginx", "workload frontend", "3000"),
    ("namespace ingress-nginx", "workload backend", "8000"),
}
INTERNAL = {
    ("workload frontend", "workload backend", "8000"),
    ("workload backend", "datastore postgres", "5432"),
    ("workload backend", "datastore redis", "6379"),
    ("workload celery-worker", "datastore postgres", "5432"),
    ("workload celery-worker", "datastore redis", "6379"),
    ("workload backend-migrate", "datastore postgres", "5432"),
    ("workload postgres-backup", "datastore postgres", "5432"),
}
INTERNET = {
    ("workload backend", "address internet", "443"),
    ("workload celery-worker", "address internet", "443"),
    ("workload postgres-backup", "address internet", "443"),
    ("workload postgres-backup", "address internet", "587"),
}
RDS = "address 10.20.0.0/16"

# Whoever adds a service adds arrows; those between the components that are named here stay as they are.
NAMED = {RDS, *(end for edge in HTTPS | INTERNAL | INTERNET for end in edge[:2])}


def environment(name: str) -> list[Object]:
    return [*guards(name), *documents(name)]


@pytest.fixture
def production() -> list[Object]:
    return environment("production")


def nodes(text: str) -> dict[str, str]:
    """The text of each node by its id; `host app.revrx.com` is what tests call it."""
    return {match["id"]: match["text"] for match in map(NODE.match, text.splitlines()) if match}


def edges(text: str) -> set[tuple[str, str, str]]:
    names = {id: f"{id.partition('_')[0]} {label.partition('<br/>')[0]}" for id, label in nodes(text).items()}
    arrows = [match for match in map(ARROW.match, text.splitlines()) if match]
    return {(names[a["source"]], names[a["target"]], port) for a in arrows for port in a["ports"].split(", ")}


def between_named(text: str) -> set[tuple[str, str, str]]:
    return {edge for edge in edges(text) if NAMED.issuperset(edge[:2])}


def policy(objects: list[Object], name: str) -> dict[str, Any]:
    spec: dict[str, Any] = named(objects, "NetworkPolicy", name)["spec"]
    return spec


def test_topology_is_fresh() -> None:
    assert (ROOT / "docs" / "topology.md").read_text() == page(DIST), "run `make synth` and commit docs/topology.md"


def test_production_is_connected_as_revrx_needs_and_in_no_other_way(production: list[Object]) -> None:
    assert between_named(diagram(production)) == HTTPS | INTERNAL | INTERNET


@pytest.mark.parametrize("name", ["staging", "production"])
def test_every_workload_and_host_is_in_the_picture(name: str) -> None:
    objects = environment(name)
    drawn = {(id.partition("_")[0], text.partition("<br/>")[0]) for id, text in nodes(diagram(objects)).items()}
    servers = {("datastore", o["metadata"]["name"]) for o in of_kind(objects, "StatefulSet")}
    others = {("workload", o["metadata"]["name"]) for o in workloads(objects) if o["kind"] != "StatefulSet"}
    hosts = {("host", rule["host"]) for o in of_kind(objects, "Ingress") for rule in o["spec"]["rules"]}
    assert all((servers, others, hosts))
    assert servers | others | hosts <= drawn


def test_a_node_tells_how_many_how_often_and_how_much(production: list[Object]) -> None:
    texts = set(nodes(diagram(production)).values())
    assert {
        "backend<br/>Deployment, 2–10 replicas",
        "celery-worker<br/>Deployment, 2–20 replicas",
        "postgres<br/>StatefulSet, 1 replica<br/>postgres-pvc 100Gi",
        "backend-migrate<br/>CronJob, started by hand",
        "postgres-backup<br/>CronJob, 0 2 * * * Etc/UTC",
    } <= texts


@pytest.mark.parametrize(("owner", "direction"), [("frontend", "egress"), ("backend", "ingress")])
def test_what_only_one_end_allows_has_no_arrow(production: list[Object], owner: str, direction: str) -> None:
    rules = policy(production, owner)[direction]
    other = {"frontend": "backend", "backend": "frontend"}[owner]
    (rule,) = (rule for rule in rules if other in str(rule))
    rules.remove(rule)
    gone = ("workload frontend", "workload backend", "8000")
    assert between_named(diagram(production)) == (HTTPS | INTERNAL | INTERNET) - {gone}


def test_ports_on_which_the_ends_do_not_agree_have_no_arrow(production: list[Object]) -> None:
    (rule,) = (rule for rule in policy(production, "backend")["egress"] if "'redis'" in str(rule))
    rule["ports"][0]["port"] = 6380
    gone = ("workload backend", "datastore redis", "6379")
    assert between_named(diagram(production)) == (HTTPS | INTERNAL | INTERNET) - {gone}


def test_pods_that_let_nobody_in_from_outside_get_no_requests(production: list[Object]) -> None:
    rules = policy(production, "frontend")["ingress"]
    rules.clear()
    drawn = edges(diagram(production))
    assert ("host app.revrx.com", "service frontend", "443") in drawn
    assert not [edge for edge in drawn if edge[1] == "workload frontend"]


def test_pods_without_a_policy_are_drawn_open(production: list[Object]) -> None:
    policies = [named(production, "NetworkPolicy", name) for name in ("default-deny", "redis")]
    bare = [o for o in production if o not in policies]
    added = edges(diagram(bare)) - edges(diagram(production))
    assert added == {
        ("address anywhere", "datastore redis", "any port"),
        ("datastore redis", "address anywhere", "any port"),
        ("datastore redis", "datastore redis", "6379"),
    }


def test_the_default_deny_closes_pods_without_a_policy_of_their_own(production: list[Object]) -> None:
    bare = [o for o in production if o != named(production, "NetworkPolicy", "redis")]
    assert not [edge for edge in edges(diagram(bare)) if "datastore redis" in edge]


def test_a_datastore_outside_the_cluster_is_an_address(production: list[Object]) -> None:
    managed = [o for o in production if o["metadata"]["name"] != "postgres" or o["kind"] == "ExternalSecret"]
    for o in of_kind(managed, "NetworkPolicy"):
        for rule in o["spec"].get("egress", []):
            if "5432" in str(rule):
                rule["to"] = [{"ipBlock": {"cidr": "10.20.0.0/16"}}]
    inside = {edge for edge in INTERNAL if edge[1] == "datastore postgres"}
    rds = {(source, RDS, port) for source, _, port in inside}
    assert between_named(diagram(managed)) == (HTTPS | INTERNAL | INTERNET) - inside | rds


def test_pods_and_namespaces_that_expressions_select_are_drawn_like_others(production: list[Object]) -> None:
    name = {"key": "app.kubernetes.io/name", "operator": "In", "values": ["frontend"]}
    policy(production, "frontend")["podSelector"] = {"matchExpressions": [name]}
    inside, outside = ({"key": "team", "operator": "NotIn", "values": teams} for teams in (["ops"], ["ops", "web"]))
    (ingress,) = policy(production, "frontend")["ingress"]
    ingress["from"] = [{"namespaceSelector": {"matchExpressions": [inside]}}]
    (rule,) = (rule for rule in policy(production, "backend")["ingress"] if "'frontend'" in str(rule))
    rule["from"] = [
        {"podSelector": {"matchExpressions": [name]}},
        {"namespaceSelector": {"matchExpressions": [outside]}},
    ]
    drawn = edges(diagram(production))
    assert ("workload frontend", "workload backend", "8000") in drawn
    assert ("namespace team notin (ops, web)", "workload backend", "8000") in drawn
    assert ("namespace team notin (ops)", "workload frontend", "3000") in drawn


def test_of_a_range_between_pods_those_ports_are_drawn_that_the_target_has(production: list[Object]) -> None:
    (out,) = (rule for rule in policy(production, "frontend")["egress"] if "'backend'" in str(rule))
    (into,) = (rule for rule in policy(production, "backend")["ingress"] if "'frontend'" in str(rule))
    for rule in (out, into):
        rule["ports"] = [{"port": 7000, "endPort": 9000}]
    assert between_named(diagram(production)) == HTTPS | INTERNAL | INTERNET
    for rule in (out, into):
        rule["ports"] = [{"port": 7000, "endPort": 7999}, {"port": 8125, "protocol": "UDP"}]
    drawn = edges(diagram(production))
    ports = {port for source, target, port in drawn if (source, target) == ("workload frontend", "workload backend")}
    assert ports == {"7000–7999", "8125 UDP"}


def test_a_range_to_an_address_is_drawn_as_one(production: list[Object]) -> None:
    (rule,) = (rule for rule in policy(production, "celery-worker")["egress"] if "443" in str(rule))
    rule["ports"] = [{"port": 443, "endPort": 445}, {"protocol": "SCTP"}]
    drawn = {port for source, _, port in edges(diagram(production)) if source == "workload celery-worker"}
    assert drawn == {"443–445", "any port SCTP", "5432", "6379"}


def test_what_has_no_replicas_is_drawn_too(production: list[Object]) -> None:
    named(production, "Deployment", "backend").update(kind="DaemonSet")
    del named(production, "HorizontalPodAutoscaler", "backend")["spec"]["scaleTargetRef"]
    named(production, "HorizontalPodAutoscaler", "backend")["spec"]["scaleTargetRef"] = {"name": "another"}
    assert "backend<br/>DaemonSet" in nodes(diagram(production)).values()


@pytest.mark.parametrize("name", ["staging", "production"])
def test_mermaid_can_read_it(name: str) -> None:
    first, *lines = diagram(environment(name)).splitlines()
    assert first == "flowchart LR"
    inside = False
    ids = []
    for line in lines:
        if re.fullmatch(r'  subgraph layer_[a-z]+\["[A-Za-z ]+"\]', line):
            assert not inside
            inside = True
        elif line == "  end":
            assert inside
            inside = False
        elif match := NODE.match(line):
            assert inside
            ids.append(match["id"])
        else:
            arrow = ARROW.match(line)
            assert arrow, line
            assert not inside
            assert {arrow["source"], arrow["target"]} <= set(ids)
    assert not inside
    assert len(ids) == len(set(ids)) > 0


def test_the_order_of_objects_does_not_show(production: list[Object]) -> None:
    assert diagram(reversed(deepcopy(production))) == diagram(production)


def test_names_that_differ_give_ids_that_differ() -> None:
    objects: list[Object] = []
    hosts = ("a-b.example.com", "a.b.example.com", "*.b.example.com")
    for host in hosts:
        backend = {"service": {"name": "x", "port": {"name": "http"}}}
        rule = {"host": host, "http": {"paths": [{"path": "/", "backend": backend}]}}
        objects.append({"kind": "Ingress", "spec": {"rules": [rule]}})
    objects.append({"kind": "Service", "metadata": {"name": "x"}, "spec": {"ports": []}})
    assert {(f"host {host}", "service x", "80") for host in hosts} == edges(diagram(objects))
