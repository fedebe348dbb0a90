"""NetworkPolicies that are for nobody, or open what does not lead anywhere, and those that the API server refuses."""

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from kubecheck import Check, Cluster, Finding, Known, Unseen, run
from kubecheck.checks.networking.network_policies import (
    dangling_network_policy,
    dangling_network_policy_peer,
    ignored_network_policy_rules,
    network_policy_port,
    one_sided_connection,
)
from kubecheck.checks.networking.network_policy_fields import ambiguous_cidr, invalid_network_policy

from ...given import Object, container, o, texts, workload

WEB = workload(name="web", pod=container(ports=[{"name": "http", "containerPort": 8000}]))
DB = workload("StatefulSet", "db", pod=container(ports=[{"name": "pg", "containerPort": 5432}]))
PODS = (WEB, DB)


def policy(name: str = "db", *, namespace: str = "shop", **spec: Any) -> Object:
    """By default for the pods of its name."""
    spec = {"podSelector": of(name), **spec}
    return {**o("NetworkPolicy", name, namespace=namespace, spec=spec), "apiVersion": "networking.k8s.io/v1"}


def of(name: str) -> Object:
    return {"matchLabels": {"app": name}}


def named(*namespaces: str) -> Object:
    return {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": [*namespaces]}]}


def ingress(*peers: Any, ports: Any = (5432,), name: str = "db", **fields: Any) -> Object:
    rule = {"from": [*peers], "ports": [{"port": port} for port in ports]}
    return policy(name, policyTypes=["Ingress"], ingress=[rule], **fields)


def egress(*peers: Any, ports: Any = (5432,), name: str = "web", **fields: Any) -> Object:
    rule = {"to": [*peers], "ports": [{"port": port} for port in ports]}
    return policy(name, policyTypes=["Egress"], egress=[rule], **fields)


def pods(name: str) -> Object:
    return {"podSelector": of(name)}


def unseen(check: Check, objects: Iterable[Object]) -> list[str]:
    found = list(check.findings(Cluster(objects=[*objects])))
    assert not [each for each in found if isinstance(each, Finding)]
    return [each.text for each in found if isinstance(each, Unseen)]


# dangling-network-policy, dangling-network-policy-peer


def test_a_policy_for_pods_that_nothing_makes_is_told() -> None:
    (found,) = dangling_network_policy.findings(Cluster(objects=[*PODS, policy("redis")]))
    assert isinstance(found, Finding)
    assert found.text == (
        "NetworkPolicy redis: podSelector app=redis selects no pods in namespace shop, so it does nothing; write "
        "labels of the pods that are meant, or say that someone else makes them"
    )
    assert found.unless == Known("external", "Pod/shop/app=redis")


@pytest.mark.parametrize(
    "selector",
    [
        of("db"),
        {},
        None,
        {"matchExpressions": [{"key": "app", "operator": "In", "values": ["db", "gone"]}]},
        {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["db"]}]},
        {"matchLabels": {"app": "db", "statefulset.kubernetes.io/pod-name": "db-0"}},
        {"matchExpressions": [{"key": "app", "operator": "in"}]},
    ],
)
def test_a_policy_for_pods_that_are_there_is_right_and_so_is_one_for_all_pods(selector: Any) -> None:
    assert texts(dangling_network_policy, [*PODS, policy(podSelector=selector)]) == []


@pytest.mark.parametrize(
    "selector",
    [
        {"matchExpressions": [{"key": "app", "operator": "In", "values": ["gone"]}]},
        {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]},
        {"matchLabels": {"app": "gone", "statefulset.kubernetes.io/pod-name": "gone-0"}},
        {**of("gone"), "matchExpressions": [{"key": "example.com/tier", "operator": "DoesNotExist"}]},
        {"matchLabels": {"app.kubernetes.io/name": "db"}},
        {"matchLabels": {"tier": "db"}},
    ],
)
def test_every_selector_that_fits_no_pods_is_told(selector: Any) -> None:
    assert len(texts(dangling_network_policy, [*PODS, policy(podSelector=selector)])) == 1


def test_pods_that_someone_else_makes_are_not_missed() -> None:
    objects = [*PODS, policy("redis"), ingress(pods("shop"))]
    external = {"Pod/shop/app=redis", "Pod/shop/app=sh*"}
    assert texts(dangling_network_policy, objects, external=external) == []
    assert texts(dangling_network_policy_peer, objects, external=external) == []


@pytest.mark.parametrize(
    ("objects", "reason"),
    [
        ([], "no pods of that namespace are"),
        (
            [*PODS, {**o("Redis", "main", spec={"replicas": 3}), "apiVersion": "example.com/v1"}],
            "the operator of Redis main may make them",
        ),
    ],
)
def test_pods_for_which_something_speaks_are_not_missed_but_were_not_seen(
    objects: Sequence[Object], reason: str
) -> None:
    text = "NetworkPolicy redis: the pods of podSelector app=redis are not here in namespace shop"
    assert unseen(dangling_network_policy, [*objects, policy("redis")]) == [f"{text}; {reason}"]


def test_pods_of_an_operator_have_its_labels() -> None:
    solver = policy("solver", podSelector={"matchLabels": {"acme.cert-manager.io/http01-solver": "true"}})
    (text,) = unseen(dangling_network_policy, [*PODS, solver])
    assert text.endswith("; whoever gives pods the labels of acme.cert-manager.io may make them")


@pytest.mark.parametrize(
    ("peer", "count"),
    [
        (pods("web"), 0),
        (pods("gone"), 1),
        ({"podSelector": {}}, 0),
        ({"namespaceSelector": {}, "podSelector": of("gone")}, 0),
        ({"namespaceSelector": {"matchLabels": {"team": "a"}}, "podSelector": of("gone")}, 0),
        ({"namespaceSelector": named("ops"), "podSelector": of("gone")}, 1),
        ({"namespaceSelector": named("ops"), "podSelector": of("web")}, 1),
        ({"namespaceSelector": named("ops"), "podSelector": of("prober")}, 0),
        ({"namespaceSelector": named("ops", "shop"), "podSelector": of("gone")}, 1),
        ({"namespaceSelector": named("ops", "shop"), "podSelector": of("web")}, 0),
        ({"namespaceSelector": named("ops", "gone"), "podSelector": of("gone")}, 0),
        ({"namespaceSelector": named("ops") | {"matchLabels": {"team": "a"}}, "podSelector": of("gone")}, 0),
        ({"namespaceSelector": named("ops")}, 0),
        ({"ipBlock": {"cidr": "10.0.0.0/8"}}, 0),
        ({"podSelector": {"matchLabels": {"db-client": "true"}}}, 0),
    ],
)
def test_a_peer_is_missed_in_namespaces_of_which_pods_are_here(peer: Object, count: int) -> None:
    prober = workload(name="prober")
    prober["metadata"]["namespace"] = "ops"
    for allowing in (ingress(peer), egress(peer)):
        assert len(texts(dangling_network_policy_peer, [*PODS, prober, allowing])) == count


def test_of_a_namespace_without_pods_here_nothing_is_told() -> None:
    allowing = ingress({"namespaceSelector": named("gone"), "podSelector": of("gone")})
    assert unseen(dangling_network_policy_peer, [*PODS, allowing]) == []


def test_a_missing_peer_is_told_with_its_field() -> None:
    assert texts(dangling_network_policy_peer, [*PODS, ingress(pods("web"), pods("gone"))]) == [
        "NetworkPolicy db: spec.ingress[0].from[1].podSelector app=gone selects no pods in namespace shop, so nobody "
        "is meant; write labels of the pods that are meant, or say that someone else makes them"
    ]


def test_a_label_that_clients_take_up_is_of_nobody_yet() -> None:
    (text,) = unseen(
        dangling_network_policy_peer, [*PODS, ingress({"podSelector": {"matchLabels": {"db-client": "true"}}})]
    )
    assert text.endswith("; none here has the label db-client, so that those are meant which others give it to")


# network-policy-port


def test_a_port_that_no_pod_has_is_told() -> None:
    assert texts(network_policy_port, [*PODS, ingress(pods("web"), ports=[5433])]) == [
        "NetworkPolicy db: spec.ingress[0] opens port 5433 of StatefulSet db, which has pg (5432); write one of these, "
        "or declare it"
    ]


@pytest.mark.parametrize(
    ("port", "count"),
    [
        ({"port": 5432}, 0),
        ({"port": "pg"}, 0),
        ({"port": "http"}, 1),
        ({"port": "pg", "protocol": "UDP"}, 1),
        ({"port": 5433}, 1),
        ({"port": 5433, "endPort": 5440}, 0),
        ({}, 0),
    ],
)
@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_a_port_is_one_of_the_pods_at_the_end_of_the_connection(port: Object, count: int, direction: str) -> None:
    allowing = ingress(pods("web")) if direction == "ingress" else egress(pods("db"))
    allowing["spec"][direction][0]["ports"] = [port]
    assert len(texts(network_policy_port, [*PODS, allowing])) == count


@pytest.mark.parametrize(
    "fields",
    [{}, {"ports": []}, {"ports": [{"containerPort": 1}], "args": ["--listen=:5433"]}],
)
def test_pods_may_listen_on_a_port_that_they_do_not_declare(fields: Any) -> None:
    assert texts(network_policy_port, [workload(name="db", pod=container(**fields)), ingress(ports=[5433])]) == []


def test_a_port_beside_others_that_lead_somewhere_may_be_of_what_is_switched_off() -> None:
    assert texts(network_policy_port, [*PODS, ingress(ports=[5432, 9187])]) == []
    assert len(texts(network_policy_port, [*PODS, ingress(ports=[5433, 9187])])) == 2
    assert len(texts(network_policy_port, [*PODS, ingress(ports=[5432, "metrics"])])) == 1


def test_the_port_of_a_service_is_not_that_of_its_pods() -> None:
    service = o("Service", "web", spec={"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]})
    (text,) = texts(network_policy_port, [*PODS, service, ingress(ports=[80, 8000], name="web")])
    assert text == (
        "NetworkPolicy web: spec.ingress[0] opens port 80 of Deployment web, which has http (8000); it is one of "
        "Service web, which leads to http; write that"
    )


def test_the_port_of_a_service_that_leads_to_the_same_is_no_way_out() -> None:
    for port in ({"port": 80}, {"port": 80, "targetPort": 80}):
        service = o("Service", "web", spec={"selector": {"app": "web"}, "ports": [port]})
        (text,) = texts(network_policy_port, [*PODS, service, ingress(ports=[80], name="web")])
        assert text.endswith("; write one of these, or declare it")


@pytest.mark.parametrize(
    "allowing",
    [
        ingress(ports=[1], podSelector={}),
        egress({"podSelector": {}}, ports=[1]),
        egress(pods("db"), {"ipBlock": {"cidr": "10.0.0.0/8"}}, ports=[1]),
        egress(pods("db"), pods("gone"), ports=[1]),
        egress(ports=[1]),
        policy(policyTypes=["Egress"], ingress=[{"ports": [{"port": 1}]}]),
    ],
)
def test_a_rule_that_may_be_about_other_pods_too_is_not_judged(allowing: Object) -> None:
    assert texts(network_policy_port, [*PODS, allowing]) == []


def test_a_port_is_right_when_one_of_the_pods_has_it() -> None:
    both = {"matchExpressions": [{"key": "app", "operator": "Exists"}]}
    assert texts(network_policy_port, [*PODS, ingress(ports=[8000], podSelector=both)]) == []
    assert len(texts(network_policy_port, [*PODS, ingress(ports=[8001], podSelector=both)])) == 1


# one-sided-connection


DENY = policy("deny", podSelector={}, policyTypes=["Ingress", "Egress"])


@pytest.mark.parametrize(
    ("policies", "text"),
    [
        (
            [DENY, ingress(pods("web"))],
            "NetworkPolicy db: spec.ingress[0] lets in Deployment web on port 5432, but NetworkPolicy deny does not "
            "let that out; open it there too, or close it here",
        ),
        (
            [DENY, egress(pods("db"))],
            "NetworkPolicy web: spec.egress[0] lets out to StatefulSet db on port 5432, but NetworkPolicy deny does "
            "not let that in; open it there too, or close it here",
        ),
        (
            [egress(pods("db")), policy("db"), policy("also", podSelector=of("db"))],
            "NetworkPolicy web: spec.egress[0] lets out to StatefulSet db on port 5432, but NetworkPolicy also and db "
            "does not let that in; open it there too, or close it here",
        ),
        (
            [DENY, egress(pods("db"), ports=[])],
            "NetworkPolicy web: spec.egress[0] lets out to StatefulSet db, but NetworkPolicy deny does not let that "
            "in; open it there too, or close it here",
        ),
    ],
)
def test_what_the_other_end_does_not_let_through_is_told(policies: list[Object], text: str) -> None:
    assert texts(one_sided_connection, [*PODS, *policies]) == [text]


@pytest.mark.parametrize(
    "policies",
    [
        pytest.param([DENY, ingress(pods("web")), egress(pods("db"))], id="both"),
        pytest.param([ingress(pods("web"))], id="the other end has no policy"),
        pytest.param([policy("web", policyTypes=["Ingress"]), ingress(pods("web"))], id="it is open in this direction"),
        pytest.param([DENY, ingress({"namespaceSelector": {}})], id="pods of any namespace"),
        pytest.param([DENY, ingress({"podSelector": {}})], id="any pods"),
        pytest.param([DENY, ingress({"ipBlock": {"cidr": "10.0.0.0/8"}})], id="addresses"),
        pytest.param([DENY, ingress(pods("gone"))], id="pods that are not here"),
        pytest.param([DENY, ingress()], id="everyone"),
        pytest.param([DENY, policy(policyTypes=["Egress"], ingress=[{"from": [pods("web")]}])], id="ignored"),
        pytest.param([DENY, ingress(pods("web"), ports=[]), egress(pods("db"))], id="one port of all"),
        pytest.param([DENY, ingress(pods("web"), ports=["pg"]), egress(pods("db"), ports=[5432])], id="by name"),
        pytest.param([DENY, egress(pods("db"), ports=[1])], id="a port that nobody has"),
    ],
)
def test_what_leads_somewhere_or_cannot_be_judged_is_right(policies: list[Object]) -> None:
    assert texts(one_sided_connection, [*PODS, *policies]) == []


def test_ports_on_which_the_ends_do_not_agree_are_told() -> None:
    db = workload("StatefulSet", "db", pod=container())
    found = texts(one_sided_connection, [WEB, db, DENY, ingress(pods("web"), ports=[1]), egress(pods("db"), ports=[2])])
    assert [text.partition(", but")[0] for text in found] == [
        "NetworkPolicy db: spec.ingress[0] lets in Deployment web on port 1",
        "NetworkPolicy web: spec.egress[0] lets out to StatefulSet db on port 2",
    ]


def test_of_several_pods_one_that_is_reached_is_enough() -> None:
    other = workload(name="other")
    both = {"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "other"]}]}}
    policies = [DENY, ingress(both), egress(pods("db"))]
    assert texts(one_sided_connection, [*PODS, other, *policies]) == []


def test_a_pod_alone_needs_no_policy_to_reach_itself() -> None:
    alone = {"kind": "Pod", "metadata": {"name": "a", "namespace": "shop", "labels": {"app": "a"}}, "spec": {}}
    assert texts(one_sided_connection, [alone, DENY, ingress(pods("a"), name="a")]) == []


def test_a_policy_does_nothing_for_pods_on_their_hosts_network() -> None:
    db = workload("StatefulSet", "db", pod=container() | {"hostNetwork": True})
    assert texts(one_sided_connection, [WEB, db, DENY, ingress(pods("web"))]) == []


# ignored-network-policy-rules


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (
            {"policyTypes": ["Ingress"], "egress": [{"to": [pods("web")]}]},
            "policyTypes is ['Ingress'], so that the rules of egress count for nothing; add Egress to it, or take them "
            "away",
        ),
        (
            {"policyTypes": ["Egress"], "ingress": [{"from": [pods("web")]}]},
            "policyTypes is ['Egress'], so that the rules of ingress count for nothing; add Ingress to it, or take "
            "them away",
        ),
        (
            {"egress": []},
            "egress is empty and policyTypes left out, so that egress stays open; write policyTypes: [Ingress, Egress]",
        ),
    ],
)
def test_rules_that_count_for_nothing_are_told(spec: Object, text: str) -> None:
    assert texts(ignored_network_policy_rules, [policy(**spec)]) == [f"NetworkPolicy db: {text}"]


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"egress": None},
        {"ingress": []},
        {"egress": [{"to": [pods("web")]}]},
        {"policyTypes": ["Ingress"], "egress": []},
        {"policyTypes": ["Ingress"], "egress": [{}]},
        {"policyTypes": ["Ingress", "Egress"], "ingress": [], "egress": []},
        {"policyTypes": ["Ingress"], "egress": "all"},
        {"policyTypes": ["ingress"], "ingress": [{"from": [pods("web")]}]},
    ],
)
def test_rules_that_count_are_right_and_so_are_those_that_open_what_is_open(spec: Object) -> None:
    assert texts(ignored_network_policy_rules, [policy(**spec)]) == []


# invalid-network-policy, ambiguous-cidr


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (
            {"podSelector": {"matchExpressions": [{"key": "app", "operator": "is"}]}},
            "spec.podSelector matchExpressions[0]: operator is 'is'; write In, NotIn, Exists, DoesNotExist",
        ),
        (
            {"policyTypes": ["Ingress"] * 3},
            "spec.policyTypes is ['Ingress', 'Ingress', 'Ingress']; write Ingress, Egress or both, each once",
        ),
        ({"policyTypes": [None]}, "spec.policyTypes is [None]; write Ingress, Egress or both, each once"),
        ({"policyTypes": [""]}, "spec.policyTypes is ['']; write Ingress, Egress or both, each once"),
    ],
)
def test_a_spec_that_the_api_server_refuses_is_told(spec: Object, text: str) -> None:
    assert texts(invalid_network_policy, [policy(**spec)]) == [f"NetworkPolicy db: {text}"]


@pytest.mark.parametrize(
    ("peer", "text"),
    [
        (None, " names no peer; write podSelector, namespaceSelector or ipBlock"),
        ({}, " names no peer; write podSelector, namespaceSelector or ipBlock"),
        ({"podSelector": {}, "ipBlock": {"cidr": "::/0"}}, " has ipBlock beside podSelector; make two peers of them"),
        (
            {"namespaceSelector": {}, "ipBlock": {"cidr": "::/0"}},
            " has ipBlock beside namespaceSelector; make two peers of them",
        ),
        (
            {"podSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]}},
            ".podSelector matchExpressions[0]: In needs values; write those that are meant",
        ),
        ({"ipBlock": {}}, ".ipBlock.cidr is None, which is no subnet; write its address and mask, such as 10.0.0.0/16"),
        (
            {"ipBlock": {"cidr": "10.0.0.0"}},
            ".ipBlock.cidr is '10.0.0.0', which is no subnet; write its address and mask, such as 10.0.0.0/16",
        ),
        (
            {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1"]}},
            ".ipBlock.except[0] is '10.1', which is no subnet; write its address and mask, such as 10.0.0.0/16",
        ),
        *(
            (
                {"ipBlock": {"cidr": "10.0.0.0/8", "except": [outside]}},
                f".ipBlock.except[0] is {outside}, which is no part of 10.0.0.0/8; write a smaller subnet of it",
            )
            for outside in ("11.0.0.0/16", "10.0.0.0/8", "0.0.0.0/0", "2001:db8::/32")
        ),
    ],
)
def test_a_peer_that_the_api_server_refuses_is_told(peer: Any, text: str) -> None:
    assert texts(invalid_network_policy, [policy(ingress=[{"from": [peer]}])]) == [
        f"NetworkPolicy db: spec.ingress[0].from[0]{text}"
    ]


@pytest.mark.parametrize(
    ("port", "text"),
    [
        ({"protocol": ""}, "has an empty protocol; write TCP, UDP or SCTP"),
        ({"port": 0}, "is 0; write a number from 1 to 65535"),
        ({"port": "80"}, "is '80'; write the name of a container's port, or a number without quotes"),
        ({"port": 1, "endPort": 70000}, "has the endPort 70000; write a number from 1 to 65535"),
        (
            {"port": "http", "endPort": 80},
            "has the endPort 80 without a number as port; write the first port of the range",
        ),
        ({"endPort": 80}, "has the endPort 80 without a number as port; write the first port of the range"),
        (
            {"port": 81, "endPort": 80},
            "ends at 80, before it begins at 81; write the range from the lower port to the higher",
        ),
    ],
)
def test_a_port_that_the_api_server_refuses_is_told(port: Any, text: str) -> None:
    assert texts(invalid_network_policy, [policy(egress=[{"ports": [port]}])]) == [
        f"NetworkPolicy db: spec.egress[0].ports[0] {text}"
    ]


@pytest.mark.parametrize(
    "spec",
    [
        None,
        {},
        {"podSelector": None, "policyTypes": None, "ingress": None, "egress": None},
        {"policyTypes": ["Ingress", "Egress"], "ingress": [None, {}], "egress": [{"to": None, "ports": None}]},
        {
            "ingress": [
                {
                    "from": [
                        {"podSelector": {}, "namespaceSelector": {}},
                        {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}},
                        {"ipBlock": {"cidr": "2001:db8::/32", "except": None}},
                        {"ipBlock": {"cidr": "010.1.2.3/08"}},
                    ],
                    "ports": [{}, None, {"port": 80, "endPort": 80, "protocol": "SCTP"}, {"port": "http"}],
                }
            ]
        },
    ],
)
def test_what_the_api_server_takes_is_right(spec: Any) -> None:
    assert texts(invalid_network_policy, [{**policy(), "spec": spec}]) == []


@pytest.mark.parametrize(
    "spec",
    [
        "all",
        {"podSelector": None, "policyTypes": "Ingress", "ingress": "all", "egress": {}},
        {
            "ingress": ["all", {"from": "all", "ports": 80}],
            "egress": [{"ports": ["http", {"port": []}, {"endPort": "9"}]}],
        },
        {"policyTypes": ["ingress", {}], "ingress": [{"ports": [{"protocol": "tcp"}, {"protocol": 6}]}]},
    ],
)
def test_what_other_checks_tell_is_not_told_twice(spec: Any) -> None:
    assert texts(invalid_network_policy, [{**policy(), "spec": spec}]) == []
    report = run(Cluster(objects=[{**policy(), "spec": spec}]))
    assert {found.check for found in report.findings} & {"field-type", "unknown-value"}


@pytest.mark.parametrize(
    ("cidr", "meant"),
    [
        ("10.1.2.3/16", "10.1.0.0/16"),
        ("010.1.0.0/16", "10.1.0.0/16"),
        ("10.1.0.0/016", "10.1.0.0/16"),
        ("2001:db8::1/32", "2001:db8::/32"),
        ("::ffff:10.1.0.0/112", "10.1.0.0/16"),
    ],
)
@pytest.mark.parametrize("is_excepted", [False, True])
def test_a_subnet_that_can_be_read_in_two_ways_is_told(cidr: str, meant: str, is_excepted: bool) -> None:
    block = {"cidr": "::/0" if ":" in cidr else "0.0.0.0/0", "except": [cidr]} if is_excepted else {"cidr": cidr}
    assert texts(ambiguous_cidr, [policy(egress=[{"to": [{"ipBlock": block}]}])]) == [
        f"NetworkPolicy db: the subnet {cidr} can be read in two ways; write {meant}"
    ]


@pytest.mark.parametrize("cidr", ["10.0.0.0/8", "0.0.0.0/0", "::/0", "2001:0db8:0000::/32", "100.0.0.0/10", "10", None])
def test_a_subnet_that_can_be_read_in_one_way_is_right(cidr: Any) -> None:
    assert texts(ambiguous_cidr, [policy(ingress=[{"from": [{"ipBlock": {"cidr": cidr}}]}])]) == []


@pytest.mark.parametrize(
    "check", [dangling_network_policy, invalid_network_policy, ambiguous_cidr, one_sided_connection]
)
def test_policies_of_other_projects_are_not_judged(check: Check) -> None:
    foreign = {**policy("gone", podSelector="all()", egress="any"), "apiVersion": "projectcalico.org/v3"}
    assert texts(check, [*PODS, foreign]) == []
