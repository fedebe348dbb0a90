"""Claims that more pods want at once than may have them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ...check import Cluster, Finding, Unseen, check, once_a_cluster
from ...objects.fields import Object, at, containers, entries, full_name, mapping, name, namespace, text, title
from ...objects.pods import group, is_whole

_HOST = "kubernetes.io/hostname"

_CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: files
  namespace: shop
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 10Gi
---
"""
_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  replicas: 1
  strategy:
    type: Recreate
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: shop/web:1.0
          volumeMounts:
            - name: files
              mountPath: /var/files
      volumes:
        - name: files
          persistentVolumeClaim:
            claimName: files
"""


class _User(NamedTuple):
    """An object whose pods use a claim."""

    object: Object
    template: Mapping[str, Any]


@check(
    "shared-claim",
    why="A ReadWriteOnce volume is at one node at a time, a ReadWriteOncePod one in one pod: another pod waits for it "
    "without end, also the one that is to replace the first in a rolling update (Kubernetes documentation, Persistent "
    "Volumes, Access Modes).",
    way_out="Take a claim of ReadWriteMany, one replica with strategy Recreate, a StatefulSet's volumeClaimTemplates, "
    "or required affinity to one node.",
    bad=_CLAIM + _DEPLOYMENT.replace("replicas: 1", "replicas: 3"),
    good=_CLAIM + _DEPLOYMENT,
)
def shared_claim(cluster: Cluster) -> Iterator[Finding | Unseen]:
    modes = _access_modes(cluster)
    maxima = _maxima(cluster)
    for (where, claim), users in _users(cluster).items():
        problem = _at_once(users, maxima)
        mode = modes.get((where, claim))
        if problem and mode is None:
            made = full_name("PersistentVolumeClaim", where, claim)
            yield Unseen(f"{made} is not here, so nothing tells whether several pods may use it at once: {problem}")
        elif problem and (
            mode == "ReadWriteOncePod" or (mode == "ReadWriteOnce" and not all(map(_is_on_one_node, users)))
        ):
            alone = "one pod" if mode == "ReadWriteOncePod" else "the pods of one node"
            yield Finding(
                users[-1].object,
                f"{title(users[-1].object)}: claim {claim} is {mode}, for {alone} at a time, and {problem}; take a "
                "claim of ReadWriteMany, a claim each, or one replica with strategy Recreate",
            )


@check(
    "claim-volume-mode",
    why="A container does not start that mounts a block device as a folder, or a file system as a device (Kubernetes "
    "documentation, Persistent Volumes, Raw Block Volume Support).",
    way_out="Name a claim of volumeMode Block in volumeDevices, and any other in volumeMounts.",
    bad=_CLAIM.replace("  resources:", "  volumeMode: Block\n  resources:") + _DEPLOYMENT,
    good=_CLAIM + _DEPLOYMENT,
)
def claim_volume_mode(cluster: Cluster) -> Iterator[Finding]:
    claims = {(namespace(o), name(o)): o for o in cluster.by_kind.get("PersistentVolumeClaim", ()) if not group(o)}
    for o, template in cluster.templates:
        blocks = {}
        for volume, claim in _claims(template):
            if (found := claims.get((namespace(o), claim))) is not None:
                blocks[volume] = text(found, "spec", "volumeMode") == "Block"
        for container in containers(template):
            for field, is_block in (("volumeMounts", False), ("volumeDevices", True)):
                for mount in entries(container, field):
                    if blocks.get(text(mount, "name"), is_block) != is_block:
                        mode, right = ("Block", "volumeDevices") if not is_block else ("Filesystem", "volumeMounts")
                        yield Finding(
                            o,
                            f"{title(o)}: container {text(container, 'name')} names volume {text(mount, 'name')} in "
                            f"{field}, and its claim has volumeMode {mode}; name it in {right}",
                        )


def _claims(template: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Volume and claim."""
    for volume in entries(template, "spec", "volumes"):
        if claim := text(volume, "persistentVolumeClaim", "claimName"):
            yield text(volume, "name"), claim


def _users(cluster: Cluster) -> Mapping[tuple[str, str], list[_User]]:
    """By namespace and name of each claim those that use it, but for what has no pods or is started by hand."""
    found: dict[tuple[str, str], list[_User]] = defaultdict(list)
    for o, template in cluster.templates:
        spec = mapping(o, "spec")
        if is_whole(o) and spec.get("replicas") != 0 and spec.get("suspend") is not True:
            for claim in dict.fromkeys(claim for _, claim in _claims(template)):
                found[namespace(o), claim].append(_User(o, template))
    return found


@once_a_cluster
def _access_modes(cluster: Cluster) -> Mapping[tuple[str, str], str]:
    """By namespace and name of each claim here the mode that lets most pods use it."""
    found = {}
    for o in cluster.by_kind.get("PersistentVolumeClaim", ()):
        modes = at(o, "spec", "accessModes")
        modes = modes if isinstance(modes, list) else []
        for mode in ("ReadWriteOncePod", "ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany"):
            if mode in modes:
                found[namespace(o), name(o)] = mode
    return found


def _maxima(cluster: Cluster) -> Mapping[tuple[str, str, str], int]:
    """By kind, namespace and name of what is scaled the replicas that it may get."""
    found = {}
    for kind, field in (("HorizontalPodAutoscaler", "maxReplicas"), ("ScaledObject", "maxReplicaCount")):
        for o in cluster.by_kind.get(kind, ()):
            maximum, target = at(o, "spec", field), mapping(o, "spec", "scaleTargetRef")
            if isinstance(maximum, int):
                found[text(target, "kind") or "Deployment", namespace(o), text(target, "name")] = maximum
    return found


def _at_once(users: Sequence[_User], maxima: Mapping[tuple[str, str, str], int]) -> str:
    """Why several pods of these may be there at once; empty when they may not.

    Jobs, and those of CronJobs, may run one after another, unless something else is always there.
    """
    if len(users) > 1 and any(group(user.object) != "batch" for user in users):
        return f"{' and '.join(title(user.object) for user in users)} use it"
    for o in (user.object for user in users):
        replicas = mapping(o, "spec").get("parallelism" if o["kind"] == "Job" else "replicas", 1)
        maximum = maxima.get((o["kind"], namespace(o), name(o)), replicas)
        if o["kind"] == "DaemonSet":
            return f"{title(o)} has a pod on each node"
        if isinstance(maximum, int) and maximum > 1:
            return f"{title(o)} has {'up to ' if maximum != replicas else ''}{maximum} pods"
        if o["kind"] == "Deployment" and _has_surge(o):
            return f"{title(o)} starts a pod before the old one is gone, in a rolling update"
    return ""


def _has_surge(o: Object) -> bool:
    strategy = mapping(o, "spec", "strategy")
    surge = mapping(strategy, "rollingUpdate").get("maxSurge", "25%")
    return text(strategy, "type") in ("", "RollingUpdate") and surge not in (0, "0%")


def _is_on_one_node(user: _User) -> bool:
    """Whether its pods are kept at one node, or at that of others: which one is not looked at."""
    spec = mapping(user.template, "spec")
    if spec.get("nodeName") or _HOST in mapping(spec, "nodeSelector"):
        return True
    terms = entries(spec, "affinity", "podAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    node = at(spec, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    return any(text(term, "topologyKey") == _HOST for term in terms) or _HOST in str(node)
