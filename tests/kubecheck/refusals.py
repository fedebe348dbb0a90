"""What the API server refuses, and what it takes, of fields that checks ask for the same.

Each is a document of BASES with changes: by the path of a field its value, or GONE. tests/e2e/test_checks.py asks a
real API server about all of them, so that no check refuses what Kubernetes takes.
"""

import copy
import re
from collections.abc import Mapping
from typing import Any

import yaml

Object = dict[str, Any]

GONE = object()

_POD = {"containers": [{"name": "web", "image": "shop/web:1.0"}]}
_TEMPLATE = {"metadata": {"labels": {"app": "web"}}, "spec": _POD}
_SELECTOR = {"matchLabels": {"app": "web"}}
_JOB = {"template": {"spec": {**_POD, "restartPolicy": "Never"}}}
_STORAGE = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
_BACKEND = {"service": {"name": "web", "port": {"number": 80}}}
_PATH = {"path": "/", "pathType": "Prefix", "backend": _BACKEND}


def _document(api_version: str, kind: str, **fields: Any) -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "web", "namespace": "shop"}, **fields}


BASES: Mapping[str, Object] = {
    "pod": _document("v1", "Pod", spec=_POD),
    "deployment": _document("apps/v1", "Deployment", spec={"selector": _SELECTOR, "template": _TEMPLATE}),
    "stateful-set": _document(
        "apps/v1", "StatefulSet", spec={"selector": _SELECTOR, "template": _TEMPLATE, "serviceName": ""}
    ),
    "daemon-set": _document("apps/v1", "DaemonSet", spec={"selector": _SELECTOR, "template": _TEMPLATE}),
    "job": _document("batch/v1", "Job", spec=_JOB),
    "cron-job": _document("batch/v1", "CronJob", spec={"schedule": "0 2 * * *", "jobTemplate": {"spec": _JOB}}),
    "service": _document("v1", "Service", spec={"ports": [{"port": 80}]}),
    "ingress": _document(
        "networking.k8s.io/v1",
        "Ingress",
        spec={"rules": [{"host": "shop.example.com", "http": {"paths": [_PATH]}}]},
    ),
    "config-map": _document("v1", "ConfigMap", data={"LOG_LEVEL": "info"}),
    "secret": _document("v1", "Secret", data={}),
    "claim": _document("v1", "PersistentVolumeClaim", spec=_STORAGE),
    "autoscaler": _document(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        spec={"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "maxReplicas": 3},
    ),
    "disruption-budget": _document(
        "policy/v1", "PodDisruptionBudget", spec={"maxUnavailable": 1, "selector": _SELECTOR}
    ),
    "network-policy": _document("networking.k8s.io/v1", "NetworkPolicy", spec={"podSelector": {}}),
}


def changed(base: str, changes: Mapping[str, Any]) -> Object:
    """A document of BASES with other fields: spec.containers[0].image."""
    document = copy.deepcopy(BASES[base])
    for path, value in changes.items():
        *above, last = [int(n) if n else key for key, n in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path)]
        place: Any = document
        for key in above:
            place = place.setdefault(key, {}) if isinstance(place, dict) else place[key]
        if value is GONE:
            del place[last]
        elif isinstance(place, list) and last == len(place):
            place.append(value)
        else:
            place[last] = value
    return document


def _volume(**source: Any) -> Object:
    return {"spec.volumes": [{"name": "files", **source}]}


def _mount(**mount: Any) -> Object:
    mounted = {"name": "files", "mountPath": "/files", **mount}
    return {**_volume(emptyDir={}), "spec.containers[0].volumeMounts": [mounted]}


def _field(path: str, *values: Any) -> list[Object]:
    """Each value at the path of a field."""
    return [{path: value} for value in values]


_C = "spec.containers[0]"
_EXEC = {"exec": {"command": ["true"]}}
_FAILURES = {"rules": [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]}]}
_CLAIM_FILE = {"key": "a", "path": "a"}

# By the id of the check and the base what is changed in it.
REFUSED: Mapping[tuple[str, str], list[Object]] = {
    ("incomplete-container", "pod"): [
        *_field("spec.containers", [], GONE),
        *_field(f"{_C}.name", GONE, "", "Web", "web_1", "w" * 64),
        *_field(f"{_C}.image", GONE, ""),
        {"spec.initContainers": [{"name": "init"}]},
    ],
    ("incomplete-container", "cron-job"): [{"spec.jobTemplate.spec.template.spec.containers[0].image": ""}],
    ("container-port", "pod"): [
        *_field(
            f"{_C}.ports",
            *([{"containerPort": number}] for number in (0, -1, 65536)),
            *([{"containerPort": 80, "name": name}] for name in ("a" * 16, "HTTP", "80", "a--b", "-a", "a_b")),
            [{"containerPort": 80, "hostPort": 65536}],
            [{"containerPort": 80, "hostPort": 8080}, {"containerPort": 81, "hostPort": 8080}],
            [{"containerPort": 80, "hostPort": 80}, {"containerPort": 81, "hostPort": 80, "protocol": "TCP"}],
            [{"name": "http"}],
        ),
        {"spec.hostNetwork": True, f"{_C}.ports": [{"containerPort": 80, "hostPort": 81}]},
    ],
    ("probe-handler", "pod"): [
        *_field(
            f"{_C}.readinessProbe",
            {},
            {"periodSeconds": 3},
            {**_EXEC, "tcpSocket": {"port": 80}},
            {"exec": {}},
            {"exec": {"command": []}},
            {"httpGet": {"path": "/"}},
            {"httpGet": {"port": "8000"}},
            {"tcpSocket": {"port": 0}},
            {"tcpSocket": {"port": "a-name-that-is-too-long"}},
            {"grpc": {"port": 70000}},
            {"grpc": {"port": "http"}},
            {**_EXEC, "terminationGracePeriodSeconds": 10},
        ),
        *_field(f"{_C}.livenessProbe", {**_EXEC, "successThreshold": 2}),
        *_field(f"{_C}.startupProbe", {**_EXEC, "successThreshold": 3}),
        *_field(f"{_C}.lifecycle", {"preStop": {}}, {"postStart": {**_EXEC, "httpGet": {"port": 80}}}),
    ],
    ("init-container-probe", "pod"): [
        {"spec.initContainers": [{"name": "init", "image": "shop/init:1.0", **field}]}
        for field in ({"readinessProbe": _EXEC}, {"lifecycle": {"preStop": _EXEC}}, {"startupProbe": _EXEC})
    ],
    ("unknown-value", "pod"): [
        *_field("spec.restartPolicy", "always", "Sometimes"),
        *_field("spec.dnsPolicy", "clusterFirst"),
        *_field("spec.securityContext", {"seccompProfile": {"type": "runtimeDefault"}}),
        *_field("spec.tolerations", [{"operator": "Any"}], [{"operator": "Exists", "effect": "NoStart"}]),
        *_field(
            "spec.topologySpreadConstraints",
            [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "Schedule"}],
        ),
        _volume(hostPath={"path": "/a", "type": "Dir"}),
        *_field(f"{_C}.imagePullPolicy", "always", "Missing"),
        *_field(f"{_C}.terminationMessagePolicy", "Logs"),
        *_field(f"{_C}.ports", [{"containerPort": 80, "protocol": "HTTP"}]),
        *_field(f"{_C}.securityContext", {"procMount": "Masked"}),
        *_field(f"{_C}.livenessProbe", {"httpGet": {"port": 80, "scheme": "https"}}),
        *_field(f"{_C}.lifecycle", {"preStop": {"httpGet": {"port": 80, "scheme": "http"}}}),
        _mount(mountPropagation="Both"),
        {
            "spec.initContainers": [
                {"name": "init", "image": "shop/init:1.0", "restartPolicy": "always"},
            ]
        },
    ],
    ("unknown-value", "service"): [
        *_field("spec.type", "Clusterip"),
        *_field("spec.ports[0].protocol", "tcp"),
        *_field("spec.sessionAffinity", "Cookie"),
        *_field("spec.internalTrafficPolicy", "Zone"),
        *_field("spec.ipFamilyPolicy", "DualStack"),
        *_field("spec.ipFamilies", ["IPv5"]),
        {"spec.type": "NodePort", "spec.externalTrafficPolicy": "local"},
        *_field("spec.trafficDistribution", "PreferFar"),
    ],
    ("unknown-value", "claim"): [*_field("spec.accessModes", ["RWO"]), *_field("spec.volumeMode", "block")],
    ("unknown-value", "deployment"): [*_field("spec.strategy", {"type": "Rolling"})],
    ("unknown-value", "stateful-set"): [
        *_field("spec.updateStrategy", {"type": "Recreate"}),
        *_field("spec.podManagementPolicy", "parallel"),
        *_field("spec.persistentVolumeClaimRetentionPolicy", {"whenDeleted": "Keep"}),
        *_field("spec.volumeClaimTemplates", [{"metadata": {"name": "a"}, "spec": {**_STORAGE, "volumeMode": "File"}}]),
    ],
    ("unknown-value", "daemon-set"): [*_field("spec.updateStrategy", {"type": "Recreate"})],
    ("unknown-value", "job"): [
        *_field("spec.completionMode", "indexed"),
        *_field("spec.podReplacementPolicy", "Never"),
        *_field(
            "spec.podFailurePolicy",
            {"rules": [{"action": "Fail", "onExitCodes": {"operator": "In", "values": [1]}}]},
            {"rules": [{"action": "FailJob", "onExitCodes": {"operator": "Is", "values": [1]}}]},
        ),
    ],
    ("unknown-value", "cron-job"): [*_field("spec.concurrencyPolicy", "forbid")],
    ("unknown-value", "ingress"): [*_field("spec.rules[0].http.paths[0].pathType", "prefix")],
    ("unknown-value", "network-policy"): [
        *_field("spec.policyTypes", ["ingress"]),
        *_field("spec.ingress", [{"ports": [{"protocol": "ICMP"}]}]),
    ],
    ("unknown-value", "autoscaler"): [
        *_field("spec.metrics", [{"type": "CPU", "resource": {"name": "cpu", "target": {"type": "Value"}}}]),
        *_field(
            "spec.behavior",
            {"scaleUp": {"selectPolicy": "All", "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]}},
            {"scaleUp": {"policies": [{"type": "Pod", "value": 1, "periodSeconds": 60}]}},
        ),
    ],
    ("unknown-value", "disruption-budget"): [*_field("spec.unhealthyPodEvictionPolicy", "Always")],
    ("number-out-of-range", "pod"): [
        *_field("spec.activeDeadlineSeconds", 0, -1),
        *_field("spec.securityContext", {"runAsUser": -1}, {"fsGroup": -1}),
        *_field(
            "spec.topologySpreadConstraints",
            [{"maxSkew": 0, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}],
        ),
        *_field(f"{_C}.securityContext", {"runAsUser": -1}, {"runAsGroup": -5}),
        *(
            {f"{_C}.{probe}": {**_EXEC, field: -1}}
            for probe in ("readinessProbe", "livenessProbe", "startupProbe")
            for field in ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "failureThreshold")
        ),
        *_field(f"{_C}.livenessProbe", {**_EXEC, "terminationGracePeriodSeconds": 0}),
        *_field(f"{_C}.lifecycle", {"preStop": {"sleep": {"seconds": -1}}}),
        _volume(projected={"sources": [{"serviceAccountToken": {"path": "token", "expirationSeconds": 599}}]}),
    ],
    ("number-out-of-range", "deployment"): [
        *_field("spec.replicas", -1),
        *_field("spec.minReadySeconds", -1),
        *_field("spec.revisionHistoryLimit", -1),
        *_field("spec.progressDeadlineSeconds", -1),
    ],
    ("number-out-of-range", "stateful-set"): [
        *_field("spec.replicas", -1),
        *_field("spec.minReadySeconds", -1),
        *_field("spec.updateStrategy", {"rollingUpdate": {"partition": -1}}),
        *_field("spec.ordinals", {"start": -1}),
    ],
    ("number-out-of-range", "daemon-set"): [
        *_field("spec.minReadySeconds", -1),
        *_field("spec.revisionHistoryLimit", -1),
    ],
    ("number-out-of-range", "job"): [
        {f"spec.{field}": -1}
        for field in ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished")
    ],
    ("number-out-of-range", "cron-job"): [
        *_field("spec.startingDeadlineSeconds", -1),
        *_field("spec.successfulJobsHistoryLimit", -1),
        *_field("spec.failedJobsHistoryLimit", -1),
        *_field("spec.jobTemplate.spec.backoffLimit", -1),
    ],
    ("number-out-of-range", "service"): [
        {"spec.sessionAffinity": "ClientIP", "spec.sessionAffinityConfig": {"clientIP": {"timeoutSeconds": seconds}}}
        for seconds in (0, 86401)
    ],
    ("number-out-of-range", "autoscaler"): [
        *_field("spec.maxReplicas", 0, -1),
        *_field("spec.minReplicas", -1),
        *_field(
            "spec.behavior",
            {"scaleDown": {"stabilizationWindowSeconds": 3601}},
            {"scaleUp": {"policies": [{"type": "Pods", "value": 0, "periodSeconds": 60}]}},
            {"scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 1801}]}},
        ),
        *_field(
            "spec.metrics",
            [
                {
                    "type": "Resource",
                    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 0}},
                }
            ],
        ),
    ],
    ("restart-policy", "job"): [
        *_field("spec.template.spec.restartPolicy", GONE, "Always"),
        {
            "spec.template.spec.restartPolicy": "OnFailure",
            "spec.podFailurePolicy": _FAILURES,
        },
    ],
    ("restart-policy", "cron-job"): [
        *_field("spec.jobTemplate.spec.template.spec.restartPolicy", GONE, "Always"),
        {
            "spec.jobTemplate.spec.template.spec.restartPolicy": "OnFailure",
            "spec.jobTemplate.spec.podFailurePolicy": _FAILURES,
        },
    ],
    ("restart-policy", "deployment"): [*_field("spec.template.spec.restartPolicy", "Never", "OnFailure")],
    ("restart-policy", "stateful-set"): [*_field("spec.template.spec.restartPolicy", "Never")],
    ("restart-policy", "daemon-set"): [*_field("spec.template.spec.restartPolicy", "OnFailure")],
    ("cron-schedule", "cron-job"): [
        *_field(
            "spec.schedule",
            *("", "nightly", "0 2 * *", "0 0 2 * * *", "60 * * * *", "0 2 * * 7", "0 2 L * *", "@reboot", "@every 1d"),
            *("TZ=UTC 0 2 * * *", "CRON_TZ=Europe/Berlin 0 2 * * *", "0 2 * * FRI-MON", "*/0 * * * *", GONE),
        )
    ],
    ("time-zone", "cron-job"): [
        *_field("spec.timeZone", "", "Europe/Bonn", "Local", "CET+1", "europe/berlin", "../UTC", "/UTC")
    ],
    ("variable-name", "pod"): [
        *_field(
            f"{_C}.env",
            *([{"name": name, "value": "a"}] for name in ("", "A=B", "Ä", "A\nB")),
            [{"value": "a"}],
        ),
        *_field(f"{_C}.envFrom", [{"prefix": "A=", "configMapRef": {"name": "a"}}]),
    ],
    ("variable-value", "pod"): [
        *_field(
            f"{_C}.env",
            *([{"name": "A", "value": value}] for value in (1, 1.5, True, ["a"], {"a": "b"})),
            *(
                [{"name": "A", **fields}]
                for fields in (
                    {"valueFrom": {}},
                    {"value": "a", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                    {
                        "valueFrom": {
                            "fieldRef": {"fieldPath": "metadata.name"},
                            "secretKeyRef": {"name": "a", "key": "b"},
                        }
                    },
                    {"valueFrom": {"fieldRef": {"fieldPath": "spec.containers"}}},
                    {"valueFrom": {"fieldRef": {"fieldPath": "metadata.labels"}}},
                    {"valueFrom": {"fieldRef": {}}},
                    {"valueFrom": {"resourceFieldRef": {"resource": "limits.disk"}}},
                    {"valueFrom": {"secretKeyRef": {"name": "a"}}},
                    {"valueFrom": {"configMapKeyRef": {"key": "a"}}},
                )
            ),
        ),
        *_field(f"{_C}.envFrom", [{}], [{"configMapRef": {"name": "a"}, "secretRef": {"name": "a"}}]),
    ],
    ("unknown-volume", "pod"): [
        _mount(name="other"),
        *_field(f"{_C}.volumeDevices", [{"name": "other", "devicePath": "/dev/a"}]),
    ],
    ("unknown-volume", "stateful-set"): [
        {"spec.template.spec.containers[0].volumeMounts": [{"name": "data", "mountPath": "/data"}]}
    ],
    ("mount-path", "pod"): [
        _mount(subPath="/a"),
        _mount(subPath="../a"),
        _mount(subPath="a/../b"),
        _mount(subPathExpr="../$(A)"),
        _mount(subPath="a", subPathExpr="b"),
        _mount(mountPath=""),
    ],
    ("volume-source", "pod"): [
        *_field("spec.volumes", *([{"name": name, "emptyDir": {}}] for name in ("", "Files", "a_b", "a" * 64, "a.b"))),
        *_field("spec.volumes", [{"emptyDir": {}}]),
        _volume(emptyDir={}, configMap={"name": "a"}),
        _volume(hostPath={"path": "/a/../b"}),
        _volume(hostPath={"path": ""}),
        _volume(secret={}),
        _volume(configMap={"optional": True}),
        _volume(persistentVolumeClaim={"readOnly": True}),
        _volume(csi={}),
    ],
    ("volume-file", "pod"): [
        *(
            _volume(**{kind: {name: "a", "items": [{**_CLAIM_FILE, **item}]}})
            for kind, name in (("configMap", "name"), ("secret", "secretName"))
            for item in (
                *({"path": path} for path in ("", "/a", "../a", "a/../b", "..a")),
                {"key": ""},
                {"mode": 0o1000},
                {"mode": -1},
            )
        ),
        *(
            _volume(**{kind: {name: "a", "defaultMode": 644}})
            for kind, name in (("configMap", "name"), ("secret", "secretName"))
        ),
        _volume(downwardAPI={"items": [{"path": "../a", "fieldRef": {"fieldPath": "metadata.name"}}]}),
        _volume(projected={"sources": [{"secret": {"name": "a", "items": [_CLAIM_FILE]}}] * 2}),
        _volume(projected={"sources": [{"serviceAccountToken": {"path": "../a"}}]}),
        _volume(projected={"sources": [], "defaultMode": 1000}),
    ],
    ("data-key", "config-map"): [
        *_field("data", *({key: "a"} for key in ("..", ".", "..a", "a/b", "a b", "", "ä", "a" * 254))),
        *_field("binaryData", {"LOG_LEVEL": "YQ=="}, {"a/b": "YQ=="}),
    ],
    ("data-key", "secret"): [*_field("data", {"..": ""}, {"a b": ""}), *_field("stringData", {"a/b": ""})],
    ("data-value", "config-map"): [
        *_field("data", *({"a": value} for value in (1, True, 1.5, ["a"], {"a": "b"}))),
        *_field("binaryData", {"a": "no base64!"}, {"a": "YQ"}, {"a": 1}),
    ],
    ("data-value", "secret"): [
        *_field("stringData", {"a": 1}),
        *_field("data", {"a": "hunter2!"}, {"a": True}),
    ],
    ("data-size", "config-map"): [
        *_field("data", {"a": "x" * (2**20 + 1)}, {"a": "x" * 2**19, "b": "ä" * (2**18 + 1)})
    ],
    ("data-size", "secret"): [*_field("data", {"a": "eHh4" * (2**20 // 3 + 1)})],
    ("annotations-size", "config-map"): [*_field("metadata.annotations", {"a": "x" * 2**18}, {"a": "x" * 300_000})],
    ("annotations-size", "deployment"): [
        *_field("spec.template.metadata.annotations", {"a": "x" * 2**17, "b": "x" * 2**17})
    ],
    ("service-port-name", "service"): [
        *_field(
            "spec.ports",
            [{"port": 80}, {"port": 81, "name": "b"}],
            [{"port": 80, "name": "HTTP"}],
            [{"port": 80, "name": "a.b"}],
        )
    ],
    ("service-port-number", "service"): [
        *_field("spec.ports", [], GONE),
        *_field("spec.ports[0].port", 0, -1, 65536, GONE),
        *_field("spec.ports[0].targetPort", "8000", 65536, -1, "a-name-that-is-too-long"),
        *_field("spec.ports[0].nodePort", 30080),
        {
            "spec.type": "NodePort",
            "spec.ports": [{"name": name, "port": port, "nodePort": 30080} for name, port in (("a", 80), ("b", 81))],
        },
    ],
    ("service-type", "service"): [
        {"spec": {"type": "ExternalName", **fields}}
        for fields in (
            {},
            {"externalName": "DB.example.com"},
            {"externalName": "10.0.0.1:5432"},
            {"externalName": "db.example.com", "clusterIP": "None"},
            {"externalName": "db.example.com", "ipFamilyPolicy": "SingleStack"},
        )
    ]
    + [
        {"spec.type": "NodePort", "spec.clusterIP": "None"},
        {"spec.type": "LoadBalancer", "spec.clusterIP": "None"},
        *_field("spec.loadBalancerClass", "example.com/lb"),
        *_field("spec.loadBalancerSourceRanges", ["10.0.0.0/8"]),
        *_field("spec.allocateLoadBalancerNodePorts", True, False),
        *_field("spec.externalTrafficPolicy", "Local"),
        *_field("spec.healthCheckNodePort", 30080),
    ],
    ("ingress-path", "ingress"): [
        *_field("spec.rules[0].http.paths[0].pathType", GONE),
        *_field(
            "spec.rules[0].http.paths[0].path",
            *("", "cart", "//", "/a//b", "/a/./b", "/a/../b", "/a/..", "/a/.", "/a%2fb", "/a%2Fb"),
        ),
        {"spec.rules[0].http.paths[0].pathType": "ImplementationSpecific", "spec.rules[0].http.paths[0].path": "a"},
        *_field("spec.rules[0].http", {"paths": []}, {}),
    ],
    ("ingress-host", "ingress"): [
        *_field(
            "spec.rules[0].host",
            *("10.0.0.1", "Shop.example.com", "shop.example.com:80", "*", "*.*.example.com", "a.*.example.com"),
            *("https://shop.example.com", "*shop.example.com", "shop_1.example.com"),
        ),
        *_field("spec.tls", [{"hosts": ["*"]}], [{"hosts": ["Shop.example.com"]}]),
    ],
    ("ingress-backend", "ingress"): [
        *_field("spec", {}),
        *_field(
            "spec.rules[0].http.paths[0].backend",
            {},
            {"service": {"name": "web"}},
            {"service": {"port": {"number": 80}}},
            {"service": {"name": "web", "port": {"number": 80, "name": "http"}}},
            {"service": {"name": "web", "port": {"number": 65536}}},
            {"service": {"name": "web", "port": {"name": "HTTP"}}},
            {**_BACKEND, "resource": {"kind": "Bucket", "name": "a"}},
        ),
        *_field("spec.defaultBackend", {}),
    ],
    ("ingress-class", "ingress"): [
        {"spec.ingressClassName": "nginx", "metadata.annotations": {"kubernetes.io/ingress.class": "traefik"}}
    ],
}

# By the base what is changed in it.
TAKEN: Mapping[str, list[Object]] = {
    "pod": [
        {},
        *_field(f"{_C}.name", "w" * 63, "1-web"),
        *_field(
            f"{_C}.ports",
            [{"containerPort": 1}, {"containerPort": 65535, "hostPort": 0}],
            [{"containerPort": 80, "name": name} for name in ("a" * 15,)],
            [{"containerPort": 80, "name": "8a-b"}],
            [
                {"containerPort": 80, "hostPort": 80, "protocol": "TCP"},
                {"containerPort": 80, "hostPort": 80, "protocol": "UDP"},
            ],
        ),
        {"spec.hostNetwork": True, f"{_C}.ports": [{"containerPort": 80, "hostPort": 80}]},
        {"spec.hostNetwork": True, f"{_C}.ports": [{"containerPort": 80}]},
        {
            "spec.initContainers": [
                {
                    **{"name": f"init-{n}", "image": "shop/init:1.0"},
                    "ports": [{"containerPort": 80, "hostPort": 80}],
                }
                for n in range(2)
            ]
        },
        *_field(
            f"{_C}.readinessProbe",
            {**_EXEC, "successThreshold": 3, "timeoutSeconds": 0, "initialDelaySeconds": 0},
        ),
        {
            f"{_C}.ports": [{"containerPort": 80, "name": "http"}],
            f"{_C}.livenessProbe": {"httpGet": {"port": "http"}, "successThreshold": 1},
            f"{_C}.startupProbe": {"grpc": {"port": 80}, "terminationGracePeriodSeconds": 1},
            f"{_C}.lifecycle": {"preStop": {"sleep": {"seconds": 0}}, "postStart": {"tcpSocket": {"port": 80}}},
        },
        {
            "spec.initContainers": [
                {"name": "proxy", "image": "shop/proxy:1.0", "restartPolicy": "Always", "livenessProbe": _EXEC},
                {"name": "init", "image": "shop/init:1.0", "readinessProbe": None},
            ]
        },
        *_field("spec.restartPolicy", "Never", "OnFailure", "", None),
        *_field("spec.tolerations", [{"operator": "Exists"}], [{"key": "a", "effect": ""}]),
        _volume(hostPath={"path": "/a", "type": ""}),
        _volume(hostPath={"path": "//a//b/"}),
        _volume(),
        _volume(emptyDir=None, secret={"secretName": "a", "defaultMode": 0o440, "optional": True}),
        _volume(ephemeral={"volumeClaimTemplate": {"spec": _STORAGE}}),
        _volume(
            projected={
                "defaultMode": 0o777,
                "sources": [
                    {"serviceAccountToken": {"path": "token"}},
                    {"configMap": {"name": "a", "optional": True, "items": [{"key": "a", "path": "a/b.c"}]}},
                    {"downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
                ],
            }
        ),
        _volume(configMap={"name": "a", "items": [{"key": key, "path": "a"} for key in ("a", "b")]}),
        _mount(),
        _mount(subPath="a/b..c", mountPath="/files/"),
        _mount(mountPath="C:/files"),
        {
            "spec.volumes": [{"name": "tmp", "emptyDir": {}}, {"name": "cache", "emptyDir": {}}],
            f"{_C}.volumeMounts": [
                {"name": "tmp", "mountPath": "/tmp"},
                {"name": "cache", "mountPath": "/tmp/cache"},
                {"name": "tmp", "mountPath": "/var/tmp", "subPath": "var"},
            ],
        },
        {
            f"{_C}.env": [
                {"name": "lower.case-1"},
                {"name": "EMPTY", "value": ""},
                {"name": "NULL", "value": None, "valueFrom": None},
                {"name": "POD", "value": "", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
                {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
                {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
                {"name": "BOOK", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b", "optional": True}}},
                {"name": "URL", "value": "http://$(POD)/$$(NOTHING)"},
            ],
            f"{_C}.envFrom": [{"prefix": "A_", "configMapRef": {"name": "a", "optional": True}}],
        },
    ],
    "deployment": [
        {},
        *_field("spec.replicas", 0),
        *_field("spec.template.spec.restartPolicy", "Always"),
        *_field("spec.strategy", {"type": "Recreate"}, {"rollingUpdate": {"maxSurge": 1}}),
        *_field("spec.template.spec.containers[0].ports", [{"containerPort": 80, "hostPort": 80}]),
    ],
    "stateful-set": [
        {
            "spec.volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": _STORAGE}],
            "spec.template.spec.containers[0].volumeMounts": [{"name": "data", "mountPath": "/data"}],
        },
        *_field("spec.updateStrategy", {"type": "OnDelete"}),
    ],
    "daemon-set": [{}],
    "job": [{}, *_field("spec.template.spec.restartPolicy", "OnFailure"), *_field("spec.backoffLimit", 0)],
    "cron-job": [
        *_field("spec.schedule", "@daily", "@every 1h30m", "*/15 0 ? JAN-mar MON,wed", "0 0 * * 0-6/7", "5/20 * * * *"),
        *_field(
            "spec.timeZone", "Etc/UTC", "Europe/Berlin", "America/Argentina/ComodRivadavia", "US/Eastern", "Etc/GMT+1"
        ),
        {"spec.schedule": "0 0 31 2 *", "spec.suspend": True},
        *_field("spec.successfulJobsHistoryLimit", 0),
    ],
    "service": [
        {},
        *_field("spec.ports[0].targetPort", 8000, "http", 0, ""),
        *_field("spec.ports", [{"port": 53, "name": "a", "protocol": "UDP"}, {"port": 53, "name": "b"}]),
        *_field("spec", {"clusterIP": "None"}, {"type": "ExternalName", "externalName": "db.example.com."}),
        {"spec.type": "NodePort", "spec.ports[0].nodePort": 30080, "spec.externalTrafficPolicy": "Local"},
        {"spec.type": "LoadBalancer", "spec.allocateLoadBalancerNodePorts": False},
        {"spec.externalIPs": ["80.11.12.10"], "spec.externalTrafficPolicy": "Local"},
        {"spec.sessionAffinity": "ClientIP", "spec.sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 86400}}},
    ],
    "config-map": [
        {},
        *_field("data", {"a": None}, {".hidden": "", "a..b": "", "A" * 253: ""}, {"a": "x" * 2**20}, None),
        *_field("binaryData", {"b": "YQ=="}, {"b": "YQ==\n"}, {"b": ""}),
        *_field("metadata.annotations", {"a": "x" * (2**18 - 1)}),
    ],
    "secret": [
        {},
        *_field("data", {"a": ""}, {"a": None}, {"a": "eHh4" * (2**20 // 3)}),
        *_field("stringData", {"a": ""}),
    ],
    "claim": [{}, *_field("spec.accessModes", ["ReadWriteMany", "ReadWriteOnce"]), *_field("spec.volumeMode", "Block")],
    "autoscaler": [
        {},
        *_field("spec.behavior", {"scaleDown": {"stabilizationWindowSeconds": 0, "selectPolicy": "Disabled"}}),
    ],
    "disruption-budget": [{}, *_field("spec.unhealthyPodEvictionPolicy", "AlwaysAllow")],
    "network-policy": [{}, *_field("spec.policyTypes", ["Ingress", "Egress"])],
}


def text(document: Object) -> str:
    return yaml.dump(document, Dumper=yaml.CSafeDumper)
