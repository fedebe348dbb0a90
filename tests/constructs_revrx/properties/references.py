"""What objects refer to and nothing makes: read anew from the YAML, without the library's own check of it."""

from collections.abc import Iterator, Mapping

from ...charts.dist import Object, containers, fields_of, label, matches, pod_spec, pod_template, workloads

# (kind, namespace, name); "" for what is in no namespace.
Identity = tuple[str, str, str]

_SOLVER = "acme.cert-manager.io/http01-solver"
_NAMESPACE = "kubernetes.io/metadata.name"
# What the fields with names refer to, and those with objects or lists of them, unless these say another kind.
_BY_NAME = {
    "serviceAccountName": "ServiceAccount",
    "claimName": "PersistentVolumeClaim",
    "secretName": "Secret",
    "serviceName": "Service",
}
_BY_OBJECT = {
    **dict.fromkeys(("secret", "secretRef", "secretKeyRef", "secretTargetRef", "imagePullSecrets"), "Secret"),
    **dict.fromkeys(("configMap", "configMapRef", "configMapKeyRef"), "ConfigMap"),
    **dict.fromkeys(("service", "backendRefs"), "Service"),
    **{"authenticationRef": "TriggerAuthentication", "secretStoreRef": "SecretStore"},
    **{"scaleTargetRef": "Deployment", "roleRef": "Role"},
}
# They name what is outside the cluster, or the pod itself.
_ELSEWHERE = {"remoteRef", "fieldRef", "resourceFieldRef", "parentRefs"}
# Traefik's, as NAMESPACE-NAME@kubernetescrd.
_ANNOTATIONS = {
    "traefik.ingress.kubernetes.io/router.middlewares": "Middleware",
    "traefik.ingress.kubernetes.io/service.serverstransport": "ServersTransport",
}
_CLUSTER_SCOPED = {"ClusterSecretStore", "ClusterRole", "ClusterTriggerAuthentication"}


def dangling(objects: list[Object], existing: set[tuple[str, str]]) -> list[str]:
    """References that lead nowhere. existing: kind and name of what is there already."""
    made = {identity for o in objects for identity in _made(o)}
    problems = []
    for o in objects:
        for kind, namespace, name in _named(o, objects):
            if (kind, namespace, name) not in made and (kind, name) not in existing:
                problems.append(f"{label(o)}: {kind} {namespace}/{name} is made by nothing")
        problems += [f"{label(o)}: {text}" for text in _keys(o, objects)]
        problems += [f"{label(o)}: {text}" for text in _selected(o, objects)]
    for o in workloads(objects):
        problems += [f"{label(o)}: {text}" for text in _inside(o)]
    return problems


def _namespace(o: Object) -> str:
    return o["metadata"].get("namespace", "")


def _made(o: Object) -> Iterator[Identity]:
    namespace, name, spec = _namespace(o), o["metadata"]["name"], o.get("spec", {})
    yield o["kind"], namespace, name
    if o["kind"] == "ExternalSecret":
        yield "Secret", namespace, spec["target"]["name"]
    if o["kind"] == "SealedSecret":
        yield "Secret", namespace, name
    if o["kind"] == "Ingress" and "cert-manager.io/cluster-issuer" in o["metadata"].get("annotations", {}):
        for tls in spec.get("tls", []):
            yield "Secret", namespace, tls["secretName"]


def secret_keys(objects: list[Object]) -> dict[tuple[str, str], set[str]]:
    """The keys of each Secret that is made, by namespace and name."""
    found = {}
    for o in objects:
        name = _namespace(o), o["metadata"]["name"]
        if o["kind"] == "ExternalSecret":
            found[name[0], o["spec"]["target"]["name"]] = {entry["secretKey"] for entry in o["spec"]["data"]}
        elif o["kind"] == "SealedSecret":
            found[name] = {*o["spec"]["encryptedData"]}
        elif o["kind"] == "Secret":
            found[name] = {*o.get("data", {}), *o.get("stringData", {})}
    return found


def _named(o: Object, objects: list[Object]) -> Iterator[Identity]:
    """Each reference by name, wherever in the object it stands."""
    namespace = _namespace(o)
    if o["kind"] in ("SecretStore", "ClusterSecretStore", "PrometheusRule", "Application", "AppProject"):
        return  # what they name is not Kubernetes'
    for annotation, kind in _ANNOTATIONS.items():
        for reference in filter(None, o["metadata"].get("annotations", {}).get(annotation, "").split(",")):
            yield kind, namespace, reference.removeprefix(f"{namespace}-").removesuffix("@kubernetescrd")
    for key, value in fields_of(o):
        if key in _BY_NAME and isinstance(value, str):
            yield _BY_NAME[key], namespace, value
        elif key in _BY_OBJECT:
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, dict) and "name" in item:
                    kind = item.get("kind", _BY_OBJECT[key])
                    yield kind, "" if kind in _CLUSTER_SCOPED else item.get("namespace", namespace), item["name"]
        elif key.endswith(("Ref", "Refs")) and key not in _ELSEWHERE:
            raise AssertionError(f"{label(o)}: teach this check what {key} {value} refers to")


def _keys(o: Object, objects: list[Object]) -> Iterator[str]:
    """Keys that are read of Secrets and are not there."""
    there = secret_keys(objects)
    for key, value in fields_of(o):
        for item in value if key == "secretTargetRef" else [value] if key == "secretKeyRef" else []:
            secret = _namespace(o), item["name"]
            if secret in there and item["key"] not in there[secret]:
                yield f"Secret {item['name']} has no key {item['key']}"


def _pods(objects: list[Object], namespace: str, labels: Mapping[str, str]) -> list[Object]:
    return [
        o
        for o in workloads(objects)
        if _namespace(o) == namespace and matches(dict(labels), pod_template(o)["metadata"]["labels"])  # type: ignore[index]
    ]


def _ports(o: Object) -> dict[str, int]:
    return {port["name"]: port["containerPort"] for c in containers(o) for port in c.get("ports", [])}


def _selected(o: Object, objects: list[Object]) -> Iterator[str]:
    kind, namespace, spec = o["kind"], _namespace(o), o.get("spec", {})
    if kind == "Service":
        yield from _service(o, _pods(objects, namespace, spec["selector"]))
    elif kind == "PodDisruptionBudget":
        if len(_pods(objects, namespace, spec["selector"]["matchLabels"])) != 1:
            yield "selects no workload's pods, or several's"
    elif kind in ("Deployment", "StatefulSet"):
        if _pods(objects, namespace, spec["selector"]["matchLabels"]) != [o]:
            yield "selects other pods than its own"
        for value in (spread["labelSelector"] for spread in pod_spec(o).get("topologySpreadConstraints", [])):
            if not matches(value["matchLabels"], pod_template(o)["metadata"]["labels"]):  # type: ignore[index]
                yield "is kept apart from other pods than its own"
    elif kind == "NetworkPolicy":
        yield from _policy(o, objects)
    elif kind in ("Ingress", "HTTPRoute", "GRPCRoute"):
        yield from _ingress(o, objects)
    elif kind in ("ServiceMonitor", "PodMonitor"):
        yield from _monitor(o, objects)


def _service(o: Object, pods: list[Object]) -> Iterator[str]:
    if len(pods) != 1:
        yield f"selects {len(pods)} workloads' pods"
    for workload in pods:
        for port in o["spec"]["ports"]:
            if port["targetPort"] not in (*_ports(workload), *_ports(workload).values()):
                yield f"leads to port {port['targetPort']}, which its pods do not have"


def _policy(o: Object, objects: list[Object]) -> Iterator[str]:
    namespace, spec = _namespace(o), o["spec"]
    ours = {_namespace(other) for other in objects}
    selector = spec["podSelector"].get("matchLabels", {})
    mine = _pods(objects, namespace, selector)
    if selector and _SOLVER not in selector and len(mine) != 1:
        yield f"is for {len(mine)} workloads' pods"
    listening = {number for workload in mine for number in _ports(workload).values()}
    for rule in spec.get("ingress", []):
        for port in rule["ports"]:
            if _SOLVER not in selector and port["port"] not in listening:
                yield f"opens port {port['port']}, on which its pods do not listen"
    for side, peers in (("ingress", "from"), ("egress", "to")):
        for rule in spec.get(side, []):
            for peer in rule[peers]:
                there = peer.get("namespaceSelector", {}).get("matchLabels", {}).get(_NAMESPACE, namespace)
                labels = peer.get("podSelector", {}).get("matchLabels")
                if labels and there in ours and len(_pods(objects, there, labels)) != 1:
                    yield f"lets {side} of pods that nothing makes: {labels}"
                elif labels and there in ours:
                    yield from _other_end(mine, side, _pods(objects, there, labels)[0], rule["ports"], objects)


def _other_end(
    mine: list[Object], side: str, other: Object, ports: list[Object], objects: list[Object]
) -> Iterator[str]:
    """Whether the pods at the other end let the same connection through."""
    wanted = {port["port"] for port in ports}
    opposite, peers = ("egress", "to") if side == "ingress" else ("ingress", "from")
    open_there = set()
    for policy in objects:
        if policy["kind"] == "NetworkPolicy" and other in _pods(
            objects, _namespace(policy), policy["spec"]["podSelector"].get("matchLabels", {})
        ):
            for rule in policy["spec"].get(opposite, []):
                for peer in rule[peers]:
                    labels = peer.get("podSelector", {}).get("matchLabels")
                    if labels and mine and matches(labels, pod_template(mine[0])["metadata"]["labels"]):  # type: ignore[index]
                        open_there |= {port["port"] for port in rule["ports"]}
    if not wanted <= open_there:
        yield f"opens {sorted(wanted)} to {label(other)}, whose own policy opens {sorted(open_there)}"


def _ingress(o: Object, objects: list[Object]) -> Iterator[str]:
    services = {s["metadata"]["name"]: s for s in objects if s["kind"] == "Service" and _namespace(s) == _namespace(o)}
    for backend in _backends(o):
        port, ports = backend["port"], services.get(backend["name"], {}).get("spec", {}).get("ports", [])
        asked = [*port.values()] if isinstance(port, dict) else [port]
        if not {*asked} <= {port[field] for port in ports for field in ("name", "port")}:
            yield f"leads to port {port}, which Service {backend['name']} does not have"


def _backends(o: Object) -> Iterator[Object]:
    for key, value in fields_of(o["spec"]):
        if key == "backendRefs":
            yield from value
        elif key == "service" and isinstance(value, dict):  # a GRPCRoute has texts of that name
            yield value


def _monitor(o: Object, objects: list[Object]) -> Iterator[str]:
    labels = o["spec"]["selector"]["matchLabels"]
    if o["kind"] == "PodMonitor":
        wanted = {endpoint["port"] for endpoint in o["spec"]["podMetricsEndpoints"]}
        found = [{*_ports(workload)} for workload in _pods(objects, _namespace(o), labels)]
    else:
        wanted = {endpoint["port"] for endpoint in o["spec"]["endpoints"]}
        found = [
            {port["name"] for port in s["spec"]["ports"]}
            for s in objects
            if s["kind"] == "Service" and _namespace(s) == _namespace(o) and matches(labels, s["metadata"]["labels"])
        ]
    if not found or any(not wanted <= ports for ports in found):
        yield f"asks ports {sorted(wanted)} of what has {[sorted(ports) for ports in found]}"


def _inside(o: Object) -> Iterator[str]:
    """References within a pod."""
    volumes = [volume["name"] for volume in pod_spec(o).get("volumes", [])]
    mounted = {mount["name"] for c in containers(o) for mount in c.get("volumeMounts", [])}
    if {*volumes} != mounted or len(volumes) != len({*volumes}):
        yield f"has the volumes {volumes} and mounts {sorted(mounted)}"
    for c in containers(o):
        ports = {port["name"] for port in c.get("ports", [])}
        numbers = {port["containerPort"] for port in c.get("ports", [])}
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            for action in ("httpGet", "tcpSocket", "grpc"):
                port = c.get(probe, {}).get(action, {}).get("port")
                if port is not None and port not in ports | numbers:
                    yield f"{probe} asks port {port}, which {c['name']} does not have"
