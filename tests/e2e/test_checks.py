"""What checks say of the API server, held against a real one."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import yaml

from kubecheck import CHECKS, Check
from kubecheck.objects.fields import pod_template
from kubecheck.objects.kinds import KINDS
from kubecheck.objects.scope import is_namespaced

from ..kubecheck.refusals import REFUSED, TAKEN, changed
from .kubectl import Kubectl, decoded

Object = dict[str, Any]

# What others of an example need to be there, or are judged by; everything else is only tried.
REAL = ("Namespace", "ServiceAccount", "LimitRange", "ResourceQuota")
GROUPS = {api_version.rpartition("/")[0] for api_version, *_ in KINDS}


def key(o: Object) -> tuple[str, str, str]:
    return o["kind"], o["metadata"].get("namespace", ""), o["metadata"].get("name", "")


def created(cluster: Kubectl, objects: Iterable[Object], *options: str) -> set[tuple[str, str, str]]:
    """Those that the API server took."""
    items = {"apiVersion": "v1", "kind": "List", "items": [*objects]}
    # Not kubectl's own validation, which would send none when one is wrong.
    command = ("create", "-f=-", "--validate=false", "-o=json", *options)
    with cluster.running(*command) as process:
        said, _ = process.communicate(json.dumps(items, default=str), 300)
    return {key(o) for o in decoded(said)}


class Example:
    """An example of a check, with namespaces of its own."""

    def __init__(self, check: Check, which: str) -> None:
        self.check = check
        self.objects: list[Object] = []
        for o in yaml.safe_load_all(check.good if which == "good" else check.bad):
            if o and is_namespaced(o, {}):
                o["metadata"]["namespace"] = self._name(which, o["metadata"].get("namespace", "default"))
            elif o and o["kind"] == "Namespace":
                o["metadata"]["name"] = self._name(which, o["metadata"]["name"])
            # Of custom resources the API server knows no rules.
            if o and o["apiVersion"].rpartition("/")[0] in GROUPS:
                self.objects.append(o)

    def _name(self, which: str, namespace: str) -> str:
        return f"{namespace}-{self.check.id}-{which}"

    @property
    def surroundings(self) -> Iterator[Object]:
        """The namespaces that the example does not make, and what pods need in each."""
        made = {o["metadata"]["name"] for o in self.objects if o["kind"] == "Namespace"}
        for there in sorted({o["metadata"]["namespace"] for o in self.objects if "namespace" in o["metadata"]}):
            if there not in made:
                yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": there}}
            yield _account(there)


def _account(namespace: str) -> Object:
    """What the controller makes too, but not at once."""
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": namespace}}


def taken(cluster: Kubectl, examples: list[Example]) -> set[tuple[str, str, str]]:
    objects = [o for example in examples for o in example.objects]
    surroundings = [o for example in examples for o in example.surroundings]
    first = [o for o in (*surroundings, *objects) if o["kind"] == "Namespace"]
    real = [o for o in (*surroundings, *objects) if o["kind"] in REAL and o["kind"] != "Namespace"]
    try:
        there = created(cluster, first) | created(cluster, real)
        tried = [o for o in objects if o["kind"] not in REAL]
        # Pods last: quotas and limits take a moment to be known.
        tried.sort(key=lambda o: bool(pod_template(o)))
        return there | created(cluster, tried, "--dry-run=server")
    finally:
        names = [o["metadata"]["name"] for o in first]
        cluster("delete", "namespace", *names, "--ignore-not-found", "--wait=false")


def test_every_good_example_is_accepted(cluster: Kubectl) -> None:
    examples = [Example(check, "good") for check in CHECKS.values()]
    there = taken(cluster, examples)
    refused = {example.check.id: [o for o in example.objects if key(o) not in there] for example in examples}
    assert {id: objects for id, objects in refused.items() if objects} == {}


def test_a_bad_example_is_refused_where_the_check_says_so(cluster: Kubectl) -> None:
    says_so = [check for check in CHECKS.values() if "API server refuses" in check.why and not check.before]
    examples = [Example(check, "bad") for check in says_so]
    there = taken(cluster, examples)
    assert [example.check.id for example in examples if all(key(o) in there for o in example.objects)] == []


@pytest.fixture(scope="module")
def shop(cluster: Kubectl) -> Iterator[Kubectl]:
    """With the namespace of the documents of refusals.py."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    created(cluster, [namespace, _account("shop")])
    yield cluster
    cluster("delete", "namespace", "shop", "--wait=false")


def named(documents: Iterable[Object]) -> list[Object]:
    """Each under a name of its own, so that the answer tells which of them was meant."""
    numbered = enumerate(documents)
    return [{**o, "metadata": {**o["metadata"], "name": f"case-{number}"}} for number, o in numbered]


def test_what_checks_refuse_is_refused(shop: Kubectl) -> None:
    cases = [(check, base, changes) for (check, base), each in REFUSED.items() for changes in each]
    documents = named(changed(base, changes) for _, base, changes in cases)
    there = created(shop, documents, "--dry-run=server")
    assert [case for case, o in zip(cases, documents, strict=True) if key(o) in there] == []


def test_what_they_take_is_taken(shop: Kubectl) -> None:
    cases = [(base, changes) for base, each in TAKEN.items() for changes in each]
    documents = named(changed(base, changes) for base, changes in cases)
    there = created(shop, documents, "--dry-run=server")
    assert [case for case, o in zip(cases, documents, strict=True) if key(o) not in there] == []
