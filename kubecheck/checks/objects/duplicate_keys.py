"""Keys that stand twice in a mapping: in the text of an object, for the object itself shows but the last."""

from collections.abc import Iterator

from ...check import Cluster, Finding, check

_GOOD = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: shop
data:
  LOG_LEVEL: info
"""


@check(
    "duplicate-key",
    why="Of a key that stands twice in a mapping kubectl and Helm take the last without a word, and the other value is "
    "lost; kustomize refuses the file (YAML 1.2, 3.2.1.1: keys are unique).",
    way_out="Take one of the two away.",
    bad=_GOOD + "  LOG_LEVEL: debug\n",
    good=_GOOD,
)
def duplicate_key(cluster: Cluster) -> Iterator[Finding]:
    there = {id(o) for o in cluster.objects}
    yield from (Finding(o, problem) for o, problem in cluster.repeated if id(o) in there)
