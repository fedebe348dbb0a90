"""The status that External Secrets and an ingress controller would write: they do not run here."""

from datetime import UTC, datetime

from ..charts.dist import Object
from .kubectl import Kubectl

_READY = ("externalsecrets", "secretstores")


def play(namespace: Kubectl) -> None:
    """Give the objects that have no status yet the one of success."""
    waiting = [o for o in namespace.get(f"{','.join(_READY)},ingresses") if not _status(o)]
    if waiting:
        answers = [_answer(o) for o in waiting]
        namespace.apply(answers, "--server-side", "--force-conflicts", "--subresource=status")


def _status(o: Object) -> object:
    status = o.get("status", {})
    return status.get("loadBalancer") if o["kind"] == "Ingress" else status.get("conditions")


def _answer(o: Object) -> Object:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    ready = {"type": "Ready", "status": "True", "reason": "Played", "lastTransitionTime": now}
    ingress = {"loadBalancer": {"ingress": [{"ip": "203.0.113.1"}]}}
    return {
        "apiVersion": o["apiVersion"],
        "kind": o["kind"],
        "metadata": {"name": o["metadata"]["name"], "namespace": o["metadata"]["namespace"]},
        "status": ingress if o["kind"] == "Ingress" else {"conditions": [ready]},
    }
