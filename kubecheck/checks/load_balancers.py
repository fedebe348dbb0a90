"""AWS load balancers that several Ingresses share and want different."""

from collections.abc import Iterable, Iterator

from ..objects.fields import Finding, Object, mapping, name, namespace, title

_PREFIX = "alb.ingress.kubernetes.io"

# Of those that AlbIngress writes, the ones of which a group has one value (AWS Load Balancer Controller, Ingress
# annotations, Exclusive).
_EXCLUSIVE = ("scheme", "ssl-redirect", "load-balancer-attributes")


def load_balancer_problems(objects: Iterable[Object]) -> Iterator[Finding]:
    """Ingresses of one IngressGroup, in any namespace, with two values for what is the load balancer's."""
    said: dict[tuple[str, str], tuple[str, Object]] = {}
    for o in objects:
        annotations = mapping(o, "metadata", "annotations") if o["kind"] == "Ingress" else {}
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
