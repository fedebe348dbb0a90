"""What one can compare of a service, as compose.yaml and as dist/staging say it: pairs of a kind and a value."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ..charts.dist import documents, named, pod_template

Object = dict[str, Any]
Fact = tuple[str, str]

# The services that are the cluster's too, by their workload.
WORKLOADS = {
    "postgres": "StatefulSet",
    "redis": "StatefulSet",
    "backend-migrate": "CronJob",
    "backend": "Deployment",
    "celery-worker": "Deployment",
    "frontend": "Deployment",
}

_FILE_OF_A_SECRET = re.compile(r"\$\(cat /run/secrets/[^/]+/([A-Z_]+)\)")
_OF_CONTAINER = re.compile(r"http://127\.0\.0\.1:(\d+)(/[^\s']*)")
_SIZE = re.compile(r"(\d+)(?:m|Mi)")
# How the cluster's redis begins: a shell that writes the password's file.
_SHELL = "sh"


def of_cluster(service: str) -> set[Fact]:
    workload = named(documents("staging"), WORKLOADS[service], service)
    template = pod_template(workload)
    assert template
    pod = template["spec"]
    (container,) = pod["containers"]
    facts = [
        ("image", _of_any_tag(container["image"])),
        *(("port", str(port["containerPort"])) for port in container.get("ports", ())),
        *(("argument", word) for word in _words(container)),
        *(("variable", name) for name in _variables(container)),
        *(("folder", mount["mountPath"]) for mount in container["volumeMounts"] if "secrets" not in mount["mountPath"]),
        ("user", str(pod["securityContext"]["runAsUser"])),
        ("read-only root", str(container["securityContext"]["readOnlyRootFilesystem"])),
        *(("dropped", each) for each in container["securityContext"]["capabilities"]["drop"]),
    ]
    sizes = {v["name"]: v["emptyDir"]["sizeLimit"] for v in pod["volumes"] if "emptyDir" in v}
    limited = [
        (mount["mountPath"], sizes[mount["name"]]) for mount in container["volumeMounts"] if mount["name"] in sizes
    ]
    return {
        *facts,
        *(("size", f"{path} {_mebibytes(size)}") for path, size in limited),
        *_checked_by_kubelet(container),
    }


def _words(container: Object) -> Iterable[str]:
    command, arguments = container.get("command", []), container.get("args", [])
    # Of a shell's script the last word is its own name, the program's.
    return [command[-1], *arguments] if command[:1] == [_SHELL] else [*command, *arguments]


def _variables(container: Object) -> Iterator[str]:
    for variable in container.get("env", ()):
        yield (
            variable["name"].removesuffix("_FILE")
            if variable.get("value", "").startswith("/run/secrets")
            else variable["name"]
        )
    for source in container.get("envFrom", ()):
        if config := source.get("configMapRef"):
            yield from named(documents("staging"), "ConfigMap", config["name"])["data"]
        else:
            yield from named(documents("secrets-template"), "Secret", source["secretRef"]["name"])["stringData"]


def _checked_by_kubelet(container: Object) -> Iterator[Fact]:
    probe = container.get("readinessProbe") or container.get("livenessProbe")
    if not probe:
        return
    if asked := probe.get("httpGet"):
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        yield "check", f"{ports[asked['port']]}{asked['path']}"
    else:
        yield "check", _FILE_OF_A_SECRET.sub(r"$\1", probe["exec"]["command"][-1])


def of_compose(service: Object) -> set[Fact]:
    """service: with its variables replaced."""
    return {
        ("image", _of_any_tag(service["image"])),
        *(("port", published.rpartition(":")[2]) for published in service.get("ports", ())),
        *(("argument", str(word)) for word in service.get("command", ())),
        *(("variable", name) for name in service.get("environment", ())),
        *(("folder", volume.split(":")[1]) for volume in service.get("volumes", ())),
        *_temporary(service),
        ("user", service.get("user", "the image's").partition(":")[0]),
        ("read-only root", str(service.get("read_only", False))),
        *(("dropped", each) for each in service.get("cap_drop", ())),
        *_checked_by_compose(service),
    }


def _temporary(service: Object) -> Iterator[Fact]:
    for folder, _, options in (each.partition(":") for each in service.get("tmpfs", ())):
        yield "folder", folder
        yield "size", f"{folder} {_mebibytes(options)}"
    if shared := service.get("shm_size"):
        yield "folder", "/dev/shm"
        yield "size", f"/dev/shm {_mebibytes(shared)}"


def _checked_by_compose(service: Object) -> Iterator[Fact]:
    if test := service["healthcheck"].get("test"):
        text = " ".join(test)
        asked = _OF_CONTAINER.search(text)
        yield "check", f"{asked[1]}{asked[2]}" if asked else test[-1]


def _of_any_tag(image: str) -> str:
    """Of what we build: compose builds what the checkout holds, whatever was released."""
    return image.rpartition(":")[0] if image.startswith("ghcr.io/revrx/") else image


def _mebibytes(text: str) -> str:
    found = _SIZE.search(text)
    assert found, text
    return found[1]
