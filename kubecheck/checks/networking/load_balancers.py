"""AWS load balancers that several Ingresses share and want different."""

from collections.abc import Iterator

from ...check import Cluster, Finding, check
from ...objects.fields import Object, mapping, name, namespace, title

_PREFIX = "alb.ingress.kubernetes.io"

# Of those that AlbIngress writes, the ones of which a group has one value (AWS Load Balancer Controller, Ingress
# annotations, Exclusive).
_EXCLUSIVE = ("scheme", "ssl-redirect", "load-balancer-attributes")


_TWO = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations:
    alb.ingress.kubernetes.io/group.name: shop
    alb.ingress.kubernetes.io/scheme: internal
spec:
  defaultBackend:
    resource:
      kind: Bucket
      name: web
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: api
  namespace: shop
  annotations:
    alb.ingress.kubernetes.io/group.name: shop
    alb.ingress.kubernetes.io/scheme: SCHEME
spec:
  defaultBackend:
    resource:
      kind: Bucket
      name: api
"""


@check(
    "load-balancer-conflict",
    why="While the Ingresses of one group want the load balancer different, in any namespace, the controller changes "
    "nothing of the whole group (AWS Load Balancer Controller, Ingress annotations, Exclusive).",
    way_out="Say the same on all, or leave the group.",
    bad=_TWO.replace("SCHEME", "internet-facing"),
    good=_TWO.replace("SCHEME", "internal"),
)
def load_balancer_conflict(cluster: Cluster) -> Iterator[Finding]:
    said: dict[tuple[str, str], tuple[str, Object]] = {}
    for o in cluster.by_kind.get("Ingress", ()):
        annotations = mapping(o, "metadata", "annotations")
        group = annotations.get(f"{_PREFIX}/group.name")
        for annotation in _EXCLUSIVE if group else ():
            value = annotations.get(f"{_PREFIX}/{annotation}")
            if value is None:
                continue
            before, other = said.setdefault((str(group), annotation), (value, o))
            if value != before:
                where = "" if namespace(other) == namespace(o) else f" in namespace {namespace(other)}"
                yield Finding(
                    o,
                    f"{title(o)}: {annotation} {value} is {before} for Ingress {name(other)}{where} of the same group "
                    f"{group}, and the controller then changes nothing of the whole group; say the same on both, or "
                    "leave the group",
                )
