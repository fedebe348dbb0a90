"""A metrics API (metrics.k8s.io) that says what a test wants: usage as a share of what each container requests."""

import json
import ssl
import subprocess
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ..charts.dist import K8S, Object, quantity
from .kubectl import Kubectl
from .waiting import until

_GROUP, _VERSION = "metrics.k8s.io", "v1beta1"
_ROOT = f"/apis/{_GROUP}/{_VERSION}"


@dataclass
class Usage:
    """cpu, memory: shares of the request, by app.kubernetes.io/name; `idle` for those not named."""

    cpu: Mapping[str, float] = field(default_factory=dict)
    memory: Mapping[str, float] = field(default_factory=dict)
    idle: float = 0.2


@contextmanager
def metrics_api(cluster: Kubectl, usage: Usage, folder: Path) -> Iterator[None]:
    """Registered until the `with` ends. folder: takes a throw-away certificate."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            if not path.startswith(_ROOT):
                # The API server looks for schemas, too.
                self.send_error(404)
                return
            # …/namespaces/NAMESPACE/pods, and else what there is.
            found = path.removeprefix(_ROOT).rstrip("/")
            pods = _read(cluster, f"/api/v1{found}?{query}")["items"] if found else []
            body = json.dumps(_metrics(pods, usage) if found else _DISCOVERY).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(folder))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    registration = _registration(server.server_port)
    try:
        cluster.apply(registration)
        until("the metrics API", lambda: _unavailable(cluster), seconds=60)
        yield
    finally:
        cluster("delete", "apiservice", f"{_VERSION}.{_GROUP}", "--ignore-not-found")
        cluster("delete", "service", "--namespace=kube-system", "metrics", "--ignore-not-found")
        server.shutdown()
        server.server_close()
        thread.join()


def _read(cluster: Kubectl, path: str) -> Object:
    """Not with kubectl: the autoscalers ask several times a second."""
    config = json.loads(cluster.kubeconfig.read_text())
    url = config["clusters"][0]["cluster"]["server"] + path
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {config['users'][0]['user']['token']}"})
    with urllib.request.urlopen(request, context=ssl._create_unverified_context()) as answer:
        found: Object = json.load(answer)
        return found


def _metrics(pods: list[Object], usage: Usage) -> Object:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    items = [
        {
            "metadata": {key: pod["metadata"][key] for key in ("name", "namespace", "labels")},
            "timestamp": now,
            "window": "15s",
            "containers": [_container(c, pod["metadata"]["labels"], usage) for c in pod["spec"]["containers"]],
        }
        for pod in pods
        if pod["status"].get("phase") == "Running"
    ]
    return {"kind": "PodMetricsList", "apiVersion": f"{_GROUP}/{_VERSION}", "metadata": {}, "items": items}


def _container(container: Object, labels: Mapping[str, str], usage: Usage) -> Object:
    name = labels.get(f"{K8S}/name", "")
    requests = {resource: quantity(container["resources"]["requests"][resource]) for resource in ("cpu", "memory")}
    cpu = float(requests["cpu"]) * usage.cpu.get(name, usage.idle)
    memory = float(requests["memory"]) * usage.memory.get(name, usage.idle)
    return {"name": container["name"], "usage": {"cpu": f"{int(cpu * 1e9)}n", "memory": f"{int(memory / 1024)}Ki"}}


def _certificate(folder: Path) -> Path:
    key, certificate = folder / "metrics.key", folder / "metrics.pem"
    subject = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", "req", *subject, *files], check=True, capture_output=True)
    certificate.write_text(key.read_text() + certificate.read_text())
    return certificate


def _registration(port: int) -> list[Object]:
    # An API server asks a Service: this one's name leads back to loopback.
    where = {"name": "metrics", "namespace": "kube-system"}
    service = {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": port}]}
    api = {"group": _GROUP, "version": _VERSION, "groupPriorityMinimum": 100, "versionPriority": 100}
    return [
        {"apiVersion": "v1", "kind": "Service", "metadata": where, "spec": service},
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": f"{_VERSION}.{_GROUP}"},
            "spec": {**api, "insecureSkipTLSVerify": True, "service": {**where, "port": port}},
        },
    ]


def _unavailable(cluster: Kubectl) -> list[str]:
    (api,) = cluster.get("apiservice", f"{_VERSION}.{_GROUP}")
    conditions = api.get("status", {}).get("conditions", [])
    available = any(c["type"] == "Available" and c["status"] == "True" for c in conditions)
    return [] if available else [f"APIService: {conditions}"]


_DISCOVERY = {
    "kind": "APIResourceList",
    "apiVersion": "v1",
    "groupVersion": f"{_GROUP}/{_VERSION}",
    "resources": [
        {"name": "pods", "singularName": "", "namespaced": True, "kind": "PodMetrics", "verbs": ["get", "list"]}
    ],
}
