"""Who may reach whom: each rule of the API's reference, by a small cluster in which one thing is asked."""

import time
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubecheck.evaluators.network_policy import Address, ContainerPort, Network, Pod

from ...charts.dist import Object

PROTOCOLS = ("SCTP", "TCP", "UDP")
NAMESPACES = {"shop": {"team": "web"}, "monitoring": {"team": "ops"}, "kube-system": {}}

DB = Pod(
    name="db",
    namespace="shop",
    labels={"app": "db", "tier": "back"},
    ports=(ContainerPort("pg", "TCP", 5432), ContainerPort("stats", "UDP", 8125), ContainerPort("stats", "TCP", 9187)),
    addresses=("10.0.1.1", "2001:db8::1"),
)
WEB = Pod(name="web", namespace="shop", labels={"app": "web", "tier": "front"}, addresses=("10.0.1.2",))
WORKER = Pod(name="worker", namespace="shop", labels={"app": "worker"}, addresses=("10.0.1.3",))
PROBER = Pod(name="prober", namespace="monitoring", labels={"app": "web"}, addresses=("10.0.2.1",))
NODE_AGENT = Pod(name="agent", namespace="shop", labels={"app": "web"}, is_on_host=True, addresses=("192.0.2.1",))
PODS = (DB, WEB, WORKER, PROBER, NODE_AGENT)
OUTSIDE = (Address("203.0.113.7"), Address("2001:db8:1::7"))

EVERYONE = "web worker prober agent 203.0.113.7 2001:db8:1::7"
OF_DB = {"podSelector": {"matchLabels": {"app": "db"}}}
ANY_POD: Object = {"namespaceSelector": {}}


def policy(spec: Object, name: str = "policy", namespace: str = "shop") -> Object:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


def network(*specs: Object, pods: Sequence[Pod] = PODS) -> Network:
    return Network([policy(spec, f"policy-{n}") for n, spec in enumerate(specs)], NAMESPACES, pods)


def title(end: Pod | Address) -> str:
    return end.name if isinstance(end, Pod) else end.text


def may_reach_db(*specs: Object, port: int = 5432, protocol: str = "TCP") -> str:
    answers = network(*specs)
    ends = (end for end in (*PODS[1:], *OUTSIDE) if answers.allows(end, DB, port, protocol))
    return " ".join(map(title, ends))


def db_may_reach(*specs: Object, port: int = 80) -> str:
    answers = network(*specs)
    return " ".join(title(end) for end in (*PODS[1:], *OUTSIDE) if answers.allows(DB, end, port))


# Whom a policy is for, and in which direction


@pytest.mark.parametrize(
    "selector",
    [
        pytest.param({"podSelector": {}}, id="empty"),
        pytest.param({"podSelector": None}, id="null"),
        pytest.param({}, id="left out"),
        pytest.param(OF_DB, id="labels"),
        pytest.param(
            {"podSelector": {"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["front"]}]}},
            id="expression",
        ),
    ],
)
def test_a_policy_closes_the_pods_that_its_selector_selects(selector: Object) -> None:
    assert may_reach_db(selector) == ""


def test_pods_that_no_policy_selects_are_open() -> None:
    assert may_reach_db({"podSelector": {"matchLabels": {"app": "web"}}}) == EVERYONE
    assert may_reach_db() == EVERYONE


def test_a_policy_of_another_namespace_closes_nothing_here() -> None:
    elsewhere = Network([policy({}, namespace="monitoring")], NAMESPACES, PODS)
    assert elsewhere.allows(WEB, DB, 5432)
    assert not elsewhere.allows(DB, PROBER, 80)


@pytest.mark.parametrize(
    ("spec", "closed"),
    [
        ({}, "Ingress"),
        ({"ingress": []}, "Ingress"),
        ({"egress": []}, "Ingress"),
        ({"egress": None}, "Ingress"),
        ({"egress": [{"to": [{"podSelector": {"matchLabels": {"app": "nobody"}}}]}]}, "Ingress Egress"),
        ({"policyTypes": []}, "Ingress"),
        ({"policyTypes": None}, "Ingress"),
        ({"policyTypes": ["Ingress"]}, "Ingress"),
        ({"policyTypes": ["Egress"]}, "Egress"),
        ({"policyTypes": ["Egress", "Ingress"]}, "Ingress Egress"),
        ({"policyTypes": ["Egress"], "ingress": []}, "Egress"),
        ({"policyTypes": ["Ingress"], "egress": [{"to": [{"podSelector": {"matchLabels": {"a": "b"}}}]}]}, "Ingress"),
    ],
)
def test_policy_types_say_which_directions_are_closed_and_what_holds_without_them(spec: Object, closed: str) -> None:
    answers = network(spec)
    open_directions = {
        "Ingress": answers.verdict(WEB, DB, 5432).ingress.is_open,
        "Egress": answers.verdict(DB, WEB, 5432).egress.is_open,
    }
    assert " ".join(direction for direction, is_open in open_directions.items() if not is_open) == closed


def test_rules_of_a_direction_that_policy_types_leave_out_open_nothing() -> None:
    ignored = {"policyTypes": ["Egress"], "ingress": [{}], "egress": []}
    assert may_reach_db(ignored, {"policyTypes": ["Ingress"]}) == ""


# Peers


@pytest.mark.parametrize(
    ("rule", "sources"),
    [
        pytest.param({}, EVERYONE, id="left out"),
        pytest.param(None, EVERYONE, id="null rule"),
        pytest.param({"from": []}, EVERYONE, id="empty"),
        pytest.param({"from": None}, EVERYONE, id="null"),
        pytest.param({"from": [{"podSelector": {}}]}, "web worker", id="all pods of the namespace"),
        pytest.param({"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}, "web", id="pods"),
        pytest.param(
            {"from": [{"podSelector": {"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}}]},
            "worker",
            id="pods by expression",
        ),
        pytest.param({"from": [ANY_POD]}, "web worker prober", id="all pods of all namespaces"),
        pytest.param({"from": [{"namespaceSelector": {"matchLabels": {"team": "ops"}}}]}, "prober", id="namespace"),
        pytest.param(
            {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]},
            "prober",
            id="namespace by the name that every namespace has as a label",
        ),
        pytest.param(
            {"from": [{"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "Exists"}]}}]},
            "web worker prober",
            id="namespaces by expression",
        ),
        pytest.param(
            {"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "web"}}}]},
            "web prober",
            id="pods of namespaces",
        ),
        pytest.param(
            {"from": [{"namespaceSelector": {"matchLabels": {"team": "ops"}}, "podSelector": {}}]},
            "prober",
            id="all pods of namespaces",
        ),
        pytest.param(
            {"from": [{"namespaceSelector": {}, "podSelector": None}]}, "web worker prober", id="null is unset"
        ),
        pytest.param(
            {"from": [{"podSelector": {"matchLabels": {"app": "worker"}}}, {"ipBlock": {"cidr": "203.0.113.0/24"}}]},
            "worker 203.0.113.7",
            id="one or the other",
        ),
    ],
)
def test_a_rule_lets_in_its_peers(rule: Object, sources: str) -> None:
    assert may_reach_db({**OF_DB, "ingress": [rule]}) == sources


@pytest.mark.parametrize(
    ("block", "sources"),
    [
        ({"cidr": "203.0.113.0/24"}, "203.0.113.7"),
        ({"cidr": "203.0.113.7/32"}, "203.0.113.7"),
        ({"cidr": "203.0.113.8/32"}, ""),
        ({"cidr": "203.0.113.9/24"}, "203.0.113.7"),
        ({"cidr": "203.0.113.0/24", "except": []}, "203.0.113.7"),
        ({"cidr": "203.0.113.0/24", "except": None}, "203.0.113.7"),
        ({"cidr": "203.0.113.0/24", "except": ["203.0.113.0/25"]}, ""),
        ({"cidr": "203.0.113.0/24", "except": ["203.0.113.128/25", "203.0.113.8/29"]}, "203.0.113.7"),
        ({"cidr": "10.0.0.0/8"}, "web worker prober"),
        ({"cidr": "192.0.2.0/24"}, "agent"),
        ({"cidr": "0.0.0.0/0"}, "web worker prober agent 203.0.113.7"),
        ({"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}, "agent 203.0.113.7"),
        ({"cidr": "::/0"}, "2001:db8:1::7"),
        ({"cidr": "2001:db8:1::/48"}, "2001:db8:1::7"),
        ({"cidr": "2001:db8::/32", "except": ["2001:db8:1::/64"]}, ""),
    ],
)
def test_a_block_holds_addresses_those_of_pods_too(block: Object, sources: str) -> None:
    assert may_reach_db({**OF_DB, "ingress": [{"from": [{"ipBlock": block}]}]}) == sources


def test_a_pod_is_in_a_block_when_one_of_its_addresses_is() -> None:
    spec = {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Egress"]}
    both = [{"ipBlock": {"cidr": "2001:db8::/64"}}]
    assert network({**spec, "egress": [{"to": both}]}).allows(WEB, DB, 5432)


@pytest.mark.parametrize(
    ("block", "is_allowed"),
    [
        ({"cidr": "10.0.0.0/8"}, False),
        ({"cidr": "0.0.0.0/0", "except": ["192.0.2.0/24"]}, False),
        ({"cidr": "0.0.0.0/0"}, True),
        ({"cidr": "::/0"}, True),
    ],
)
def test_a_pod_that_is_yet_to_be_made_is_known_to_be_in_a_block_of_all_addresses_only(
    block: Object, is_allowed: bool
) -> None:
    client = Pod(name="client", namespace="shop")
    answers = network({**OF_DB, "ingress": [{"from": [{"ipBlock": block}]}]}, pods=(DB, client))
    assert answers.allows(client, DB, 5432) is is_allowed


def test_an_egress_rule_lets_out_to_its_peers() -> None:
    spec = {**OF_DB, "policyTypes": ["Egress"]}
    assert db_may_reach(spec) == ""
    assert db_may_reach({**spec, "egress": [{}]}) == EVERYONE
    assert db_may_reach({**spec, "egress": [{"to": [{"podSelector": {}}]}]}) == "web worker"
    assert db_may_reach({**spec, "egress": [{"to": [{"ipBlock": {"cidr": "203.0.113.0/24"}}]}]}) == "203.0.113.7"


def test_a_namespace_without_an_object_has_its_name_as_a_label_and_nothing_else() -> None:
    stranger = Pod(name="stranger", namespace="elsewhere")
    by_name = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "elsewhere"}}}
    by_label = {"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "Exists"}]}}
    for peer, is_allowed in ((by_name, True), (by_label, False)):
        answers = network({**OF_DB, "ingress": [{"from": [peer]}]}, pods=(DB, stranger))
        assert answers.allows(stranger, DB, 5432) is is_allowed


def test_objects_without_a_namespace_are_in_one_of_their_own_which_has_no_name() -> None:
    objects = [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": name}}, "spec": {}}
        for name in ("db", "web")
    ]
    named = {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": ""}}}]}
    for rule, is_allowed in (({"from": [{"podSelector": {}}]}, True), ({"from": [ANY_POD]}, True), (named, False)):
        chart = policy({**OF_DB, "ingress": [rule]})
        del chart["metadata"]["namespace"]
        answers = Network.of([*objects, chart])
        db, web = answers.pods
        assert answers.allows(web, db, 5432) is is_allowed


# Ports


@pytest.mark.parametrize(
    ("ports", "opened"),
    [
        pytest.param(None, "SCTP/1-65535 TCP/1-65535 UDP/1-65535", id="null"),
        pytest.param([], "SCTP/1-65535 TCP/1-65535 UDP/1-65535", id="empty"),
        pytest.param([{}], "TCP/1-65535", id="TCP is the default"),
        pytest.param([{"protocol": "UDP"}], "UDP/1-65535", id="a protocol"),
        pytest.param([{"port": None, "protocol": None}], "TCP/1-65535", id="null is unset"),
        pytest.param([{"port": 5432}], "TCP/5432-5432", id="a number"),
        pytest.param([{"port": 5432, "protocol": "SCTP"}], "SCTP/5432-5432", id="a number of a protocol"),
        pytest.param([{"port": 8000, "endPort": 8010}], "TCP/8000-8010", id="a range"),
        pytest.param([{"port": 8000, "endPort": 8000}], "TCP/8000-8000", id="a range of one"),
        pytest.param([{"port": 1, "endPort": 9}, {"port": 5, "endPort": 20}], "TCP/1-20", id="ranges that overlap"),
        pytest.param([{"port": 1, "endPort": 20}, {"port": 5, "endPort": 9}], "TCP/1-20", id="a range in another"),
        pytest.param([{"port": 80}, {"port": 81}, {"port": 83}], "TCP/80-81 TCP/83-83", id="ranges that touch"),
        pytest.param([{"port": 53}, {"port": 53, "protocol": "UDP"}], "TCP/53-53 UDP/53-53", id="both protocols"),
        pytest.param([{"port": "pg"}], "TCP/5432-5432", id="a name"),
        pytest.param([{"port": "stats"}], "TCP/9187-9187", id="a name is of its protocol"),
        pytest.param([{"port": "stats", "protocol": "UDP"}], "UDP/8125-8125", id="a name of another protocol"),
        pytest.param([{"port": "pg", "protocol": "UDP"}], "", id="a name that this protocol has not"),
        pytest.param([{"port": "http"}], "", id="a name that no container has"),
        pytest.param([{"port": "5432"}], "", id="a number in quotes is a name"),
        pytest.param([{"port": "http"}, {"port": 1}], "TCP/1-1", id="one or the other"),
    ],
)
def test_a_rule_opens_its_ports(ports: Any, opened: str) -> None:
    found = network({**OF_DB, "ingress": [{"ports": ports}]}).ports(WEB, DB)
    assert " ".join(f"{p.protocol}/{p.first}-{p.last}" for p in found) == opened


def test_the_ends_of_a_range_are_in_it() -> None:
    answers = network({**OF_DB, "ingress": [{"ports": [{"port": 8000, "endPort": 8010}]}]})
    assert [answers.allows(WEB, DB, port) for port in (7999, 8000, 8010, 8011)] == [False, True, True, False]


def test_a_name_is_that_of_the_port_at_the_end_of_the_connection() -> None:
    egress = {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"ports": [{"port": "pg"}]}]}
    assert network(egress).allows(WEB, DB, 5432)
    assert not network(egress).allows(DB, WEB, 5432)
    assert not network(egress).allows(WEB, Address("203.0.113.7"), 5432)


def test_every_container_has_ports_those_that_start_first_too() -> None:
    containers = [{"ports": [{"name": "http", "containerPort": 8000}]}]
    first = [
        {"restartPolicy": "Always", "ports": [{"name": "proxy", "containerPort": 8443, "protocol": "TCP"}]},
        {"ports": [{"name": "copy", "containerPort": 873}]},
    ]
    pod = {"containers": containers, "initContainers": first}
    template = {"metadata": {"labels": {"app": "db"}}, "spec": pod}
    workload = {"kind": "Deployment", "metadata": {"name": "db", "namespace": "shop"}, "spec": {"template": template}}
    ports = [{"port": name} for name in ("http", "proxy", "copy")]
    answers = Network.of([workload, policy({"ingress": [{"ports": ports}]})])
    (db,) = answers.pods
    assert [port for port in (873, 8000, 8443, 5432) if answers.allows(db, db, port)] == [873, 8000, 8443]


def test_a_rule_opens_its_ports_to_its_own_peers_only() -> None:
    rules = [
        {"from": [{"podSelector": {"matchLabels": {"app": "web"}}}], "ports": [{"port": 5432}]},
        {"from": [{"podSelector": {"matchLabels": {"app": "worker"}}}], "ports": [{"port": 9187}]},
    ]
    assert may_reach_db({**OF_DB, "ingress": rules}, port=5432) == "web"
    assert may_reach_db({**OF_DB, "ingress": rules}, port=9187) == "worker"


# Several policies, and both ends


def test_policies_add_to_one_another() -> None:
    of_web, of_worker = ({"from": [{"podSelector": {"matchLabels": {"app": name}}}]} for name in ("web", "worker"))
    assert may_reach_db({}, {**OF_DB, "ingress": [of_web]}, {**OF_DB, "ingress": [of_worker]}) == "web worker"


def test_both_ends_must_let_a_connection_through() -> None:
    out = {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Egress"]}
    to_db = {"to": [OF_DB], "ports": [{"port": 5432}]}
    into = {**OF_DB, "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}]}
    assert not network(out, into).allows(WEB, DB, 5432)
    assert network({**out, "egress": [to_db]}, into).allows(WEB, DB, 5432)
    assert not network({**out, "egress": [to_db]}, into).allows(WEB, DB, 9187)
    assert not network({**out, "egress": [to_db]}, {**OF_DB}).allows(WEB, DB, 5432)


def test_who_may_open_a_connection_may_not_for_that_be_called_back() -> None:
    answers = network({"podSelector": {"matchLabels": {"app": "web"}}})
    assert answers.allows(WEB, DB, 5432)
    assert not answers.allows(DB, WEB, 5432)


def test_a_verdict_names_the_policies_that_close_and_the_rules_that_open() -> None:
    deny = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    allow = {**OF_DB, "ingress": [{"ports": [{"port": 9187}]}, {"from": [{"podSelector": {}}]}]}
    verdict = network(deny, allow).verdict(WEB, DB, 5432)
    assert not verdict.is_allowed
    assert [o["metadata"]["name"] for o in verdict.egress.isolating] == ["policy-0"]
    assert list(verdict.egress.rules) == []
    assert [o["metadata"]["name"] for o in verdict.ingress.isolating] == ["policy-0", "policy-1"]
    assert [(rule.policy["metadata"]["name"], rule.field) for rule in verdict.ingress.rules] == [
        ("policy-1", "spec.ingress[1]")
    ]


# Pods that are special


def test_pods_on_the_hosts_network_are_outside_of_policies() -> None:
    deny = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert network(deny).allows(NODE_AGENT, PROBER, 80)
    assert network(deny).allows(PROBER, NODE_AGENT, 80)
    assert not network(deny).allows(NODE_AGENT, DB, 5432)


def test_a_single_pod_always_reaches_itself_and_replicas_only_as_policies_say() -> None:
    one = Pod(name="one", namespace="shop", is_single=True)
    answers = network({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}, pods=(one, DB))
    assert answers.allows(one, one, 80)
    assert not answers.allows(DB, DB, 80)
    assert list(answers.connections()) == []


def test_pods_are_those_of_every_object_that_has_a_template() -> None:
    template = {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{}], "hostNetwork": True}}
    spec, metadata = {"template": template}, {"name": "a", "namespace": "shop"}
    kinds = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "ReplicationController", "Rollout")
    objects: list[Object] = [{"kind": kind, "metadata": metadata, "spec": spec} for kind in kinds]
    objects.append({"kind": "CronJob", "metadata": metadata, "spec": {"jobTemplate": {"spec": spec}}})
    addresses = {"podIPs": [{"ip": "10.0.0.1"}, {"ip": "2001:db8::1"}]}
    objects.append({"kind": "Pod", "metadata": {**metadata, "labels": {"app": "db"}}, "status": addresses})
    pods = Network.of([*objects, {"kind": "ConfigMap", "metadata": metadata}]).pods
    assert [pod.object for pod in pods] == objects
    assert {tuple(pod.labels.items()) for pod in pods} == {(("app", "db"),)}
    assert [pod.is_on_host for pod in pods] == [*[True] * 8, False]
    assert [pod.is_single for pod in pods] == [*[False] * 8, True]
    assert pods[-1].addresses == ("10.0.0.1", "2001:db8::1")


def test_policies_of_other_projects_are_not_read() -> None:
    foreign = {**policy({}), "apiVersion": "projectcalico.org/v3"}
    pods = [{"kind": "Pod", "metadata": {"name": name, "namespace": "shop"}, "spec": {}} for name in ("a", "b")]
    assert len(list(Network.of([*pods, policy({})]).connections())) == 0
    assert len(list(Network.of([*pods, foreign]).connections())) == 2


# What the API server would refuse


@pytest.mark.parametrize(
    "rule",
    [
        "web",
        {"from": "web"},
        {"from": [None]},
        {"from": [{}]},
        {"from": ["web"]},
        {"from": [{"podSelector": {}, "ipBlock": {"cidr": "0.0.0.0/0"}}]},
        {"from": [{"namespaceSelector": {}, "ipBlock": {"cidr": "0.0.0.0/0"}}]},
        {"from": [{"podSelector": {"matchExpressions": [{"key": "app", "operator": "in", "values": ["web"]}]}}]},
        {"from": [{"ipBlock": {}}]},
        {"from": [{"ipBlock": "10.0.0.0/8"}]},
        {"from": [{"ipBlock": {"cidr": "10.0.0.0"}}]},
        {"from": [{"ipBlock": {"cidr": "10.0.0.0/33"}}]},
        {"from": [{"ipBlock": {"cidr": "2001:db8::1%eth0/32"}}]},
        {"from": [{"ipBlock": {"cidr": "10.0.0.0/255.0.0.0"}}]},
        {"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0"]}}]},
        {"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": "10.1.0.0/16"}}]},
        {"from": [{"ipBlock": {"cidr": 10}}]},
        {"ports": 5432},
        {"ports": [5432]},
        {"ports": [{"port": 0}]},
        {"ports": [{"port": 70000}]},
        {"ports": [{"port": True}]},
        {"ports": [{"port": 5432, "protocol": ""}]},
        {"ports": [{"port": 5432, "protocol": ["TCP"]}, {"port": 5432, "protocol": "tcp"}]},
        {"ports": [{"port": 5433, "endPort": 5431}]},
        {"ports": [{"port": 5432, "endPort": 70000}]},
        {"ports": [{"port": "pg", "endPort": 5432}]},
        {"ports": [{"endPort": 5432}]},
    ],
)
def test_what_the_api_server_would_refuse_opens_nothing(rule: Any) -> None:
    assert may_reach_db({**OF_DB, "ingress": [rule]}) == ""
    assert network({**OF_DB, "ingress": [rule]}).ports(WEB, DB) == []


def test_a_selector_that_the_api_server_would_refuse_selects_no_pods() -> None:
    assert may_reach_db({"podSelector": {"matchExpressions": [{"key": "app"}]}}) == EVERYONE


FIELDS = st.sampled_from(
    (
        *("podSelector", "namespaceSelector", "ipBlock", "cidr", "except", "ports", "port", "endPort", "protocol"),
        *("matchLabels", "matchExpressions", "key", "operator", "values", "from", "to", "podIPs", "ip"),
    )
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 70000) | st.sampled_from(["", "web", "TCP", "10.0.0.0/8", "In"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS | st.integers(), inner, max_size=3),
    max_leaves=10,
)
ANY_SPEC = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(["podSelector", "policyTypes", "ingress", "egress"], VALUES | st.lists(VALUES))
)


@given(st.lists(ANY_SPEC | VALUES, max_size=3), VALUES, VALUES)
def test_anything_has_an_answer(specs: list[Any], labels: Any, pod: Any) -> None:
    pods: list[Object] = [
        {"kind": "Pod", "metadata": {"name": "a", "namespace": "shop", "labels": labels}, "spec": pod, "status": pod},
        {"kind": "Pod", "metadata": {"name": "b", "namespace": "shop"}, "spec": {"containers": [{"ports": pod}]}},
    ]
    answers = Network.of([*pods, *(policy(spec) for spec in specs)])
    list(answers.connections())
    for end in (answers.pods[1], Address("203.0.113.7")):
        answers.verdict(answers.pods[0], end, 80)


# All connections at once


LABELS = st.fixed_dictionaries({}, optional={"app": st.sampled_from("ab"), "tier": st.sampled_from("ab")})
SELECTORS: st.SearchStrategy[Object] = st.one_of(
    st.builds(dict[str, Any]),
    st.fixed_dictionaries({"matchLabels": LABELS}),
    st.fixed_dictionaries(
        {"matchExpressions": st.just([{"key": "app", "operator": "NotIn", "values": ["a"]}])},
    ),
)
PEERS = st.one_of(
    st.fixed_dictionaries({"podSelector": SELECTORS}),
    st.fixed_dictionaries({"namespaceSelector": SELECTORS, "podSelector": SELECTORS}),
    st.fixed_dictionaries({"ipBlock": st.sampled_from([{"cidr": "10.0.0.0/30"}, {"cidr": "0.0.0.0/0"}])}),
)
PORTS = st.fixed_dictionaries(
    {"port": st.sampled_from([80, "http"])}, optional={"protocol": st.sampled_from(PROTOCOLS)}
) | st.just({"port": 79, "endPort": 81})


def rules(peers: str) -> st.SearchStrategy[Any]:
    return st.lists(
        st.fixed_dictionaries({}, optional={peers: st.lists(PEERS, max_size=2), "ports": st.lists(PORTS, max_size=2)}),
        max_size=3,
    )


SPECS = st.fixed_dictionaries(
    {"podSelector": SELECTORS},
    optional={
        "ingress": rules("from"),
        "egress": rules("to"),
        "policyTypes": st.sampled_from([["Ingress"], ["Egress"], ["Ingress", "Egress"]]),
    },
)
DRAWN_PODS = st.lists(
    st.builds(
        Pod,
        name=st.just("pod"),
        namespace=st.sampled_from(["shop", "monitoring"]),
        labels=LABELS,
        ports=st.sampled_from([(), (ContainerPort("http", "TCP", 8080),), (ContainerPort("http", "UDP", 80),)]),
        addresses=st.sampled_from([(), ("10.0.0.1",), ("10.0.0.5",)]),
        is_on_host=st.booleans(),
        is_single=st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


@given(DRAWN_PODS, st.lists(st.tuples(SPECS, st.sampled_from(["shop", "monitoring"])), max_size=4))
def test_connections_are_those_that_are_allowed(pods: list[Pod], specs: list[tuple[Object, str]]) -> None:
    policies = [policy(spec, namespace=namespace) for spec, namespace in specs]
    answers = Network(policies, {"shop": {"app": "a"}}, pods)
    opened = {
        (id(c.source), id(c.target), port, protocol)
        for c in answers.connections()
        for port in (79, 80, 82, 8080)
        for protocol in PROTOCOLS
        if any(p.protocol == protocol and p.first <= port <= p.last for p in c.ports)
    }
    assert opened == {
        (id(source), id(target), port, protocol)
        for source in pods
        for target in pods
        if not (source is target and source.is_single)
        for port in (79, 80, 82, 8080)
        for protocol in PROTOCOLS
        if answers.allows(source, target, port, protocol)
    }


def test_hundreds_of_workloads_are_connected_within_a_second_or_two() -> None:
    count = 300
    pods = [Pod(name=f"w{n}", namespace="shop", labels={"app": f"w{n}"}) for n in range(count)]

    def peer(n: int) -> Object:
        return {"podSelector": {"matchLabels": {"app": f"w{n % count}"}}}

    specs = [
        {
            **peer(n),
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": [peer(n + k)], "ports": [{"port": 80}]} for k in range(4)],
            "egress": [{"to": [peer(n - k)], "ports": [{"port": 80}]} for k in range(4)],
        }
        for n in range(count)
    ]
    start = time.process_time()
    assert len(list(network(*specs, pods=pods).connections())) == 4 * count
    assert time.process_time() - start < 2
