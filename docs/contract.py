"""docs/contract.md: its tables, made from the objects in dist/production; what stands around them is written by hand.

A table stands between `<!-- KIND: OBJECT … -->` and `<!-- end -->`, where an object is such as Deployment/backend:

    container           what the one container of its pods is run with, asked and given
    jobs                the same of CronJobs, one a line
    variables           what is in their environment; the last column, what a variable means, is written by hand
"""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from kubecheck.objects.fields import pod_template

Object = Mapping[str, Any]
Objects = Mapping[str, Object]

PAGE = Path(__file__).with_suffix(".md")
DIST = Path(__file__).parents[1] / "dist"

REGION = re.compile(
    r"^<!-- (?P<kind>[a-z]+): (?P<of>[^>]+?) -->\n(?P<made>.*?)^<!-- end -->$", re.DOTALL | re.MULTILINE
)
# A bar that is escaped is part of a cell.
_CELLS = re.compile(r"(?<!\\)\|")


def renewed(page: str, objects: Objects) -> str:
    """The page with its tables made anew. What is wrong in it is a ValueError."""
    return REGION.sub(lambda region: _region(region, objects), page)


def read(dist: Path = DIST) -> Objects:
    """The objects of production and the templates of its Secrets, by kind and name."""
    files = sorted((*dist.glob("production/*.yaml"), *dist.glob("secrets-template/*.yaml")))
    documents = (o for file in files for o in YAML(typ="safe").load_all(file))
    return {f"{o['kind']}/{o['metadata']['name']}": o for o in documents}


def _region(region: re.Match[str], objects: Objects) -> str:
    names = region["of"].split()
    if unknown := [name for name in names if name not in objects]:
        raise ValueError(f"{PAGE.name}: {', '.join(unknown)} is not in dist/production; take it out of {region['of']}")
    given = [objects[name] for name in names]
    match region["kind"]:
        case "container":
            rows = [["", ""], *_facts(given[0], objects)]
        case "jobs":
            rows = [
                ["CronJob", "command", "when", "for at most", "pods at most", "writable"],
                *(_job(o, objects) for o in given),
            ]
        case "variables":
            rows = [*_variables(given, objects, _meanings(region["made"]))]
        case kind:
            raise ValueError(f"{PAGE.name}: {kind} is no kind of table; there are container, jobs and variables")
    start = region[0].partition("\n")[0]
    return "\n".join((start, *_table(rows), "<!-- end -->"))


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for number, row in enumerate(rows):
        yield "|" + "".join(f" {cell} |" if cell else " |" for cell in row)
        if number == 0:
            yield "|" + "---|" * len(row)


def _code(text: str) -> str:
    """Text as code in a cell, where a bar would end it."""
    fence = "``" if "`" in text else "`"
    return fence + text.replace("|", r"\|").replace("\n", " ") + fence


def _container(o: Object) -> Object:
    containers = pod_template(o)["spec"]["containers"]
    if len(containers) != 1:
        names = ", ".join(container["name"] for container in containers)
        raise ValueError(f"{PAGE.name}: {o['metadata']['name']} has the containers {names}; a table tells of one")
    found: Object = containers[0]
    return found


# Containers


def _facts(o: Object, objects: Objects) -> Iterator[list[str]]:
    container, pod = _container(o), pod_template(o)["spec"]
    yield ["command", _command(container)]
    if ports := container.get("ports"):
        yield ["ports", ", ".join(f"{port['containerPort']} {_code(port['name'])}" for port in ports)]
    for probe, question in _QUESTIONS.items():
        if asked := container.get(probe):
            yield [question, _probe(probe, asked)]
    yield from _folders(container, pod, objects)
    yield ["stops", _stop(container, pod["terminationGracePeriodSeconds"])]
    asked, most = (container["resources"][side] for side in ("requests", "limits"))
    yield ["cpu, memory", f"{asked['cpu']}, {asked['memory']}; at most {most['cpu']}, {most['memory']}"]


def _command(container: Object) -> str:
    words = [*container.get("command", ()), *container.get("args", ())]
    return _code(shlex.join(words)) if words else "the image's own"


_QUESTIONS = {"startupProbe": "has started", "readinessProbe": "can serve", "livenessProbe": "is alive"}


def _probe(kind: str, probe: Object) -> str:
    if "httpGet" in probe:
        question = f"{_code('GET ' + probe['httpGet']['path'])} on {_code(str(probe['httpGet']['port']))} answers 200"
    elif "tcpSocket" in probe:
        question = f"{_code(str(probe['tcpSocket']['port']))} accepts connections"
    elif "grpc" in probe:
        question = f"the gRPC health service on {probe['grpc']['port']} says SERVING"
    else:
        question = f"{_code(shlex.join(probe['exec']['command']))} ends with 0"
    period, failures = probe["periodSeconds"], probe["failureThreshold"]
    consequence = {
        "startupProbe": f"restarted after {_duration(period * failures)} without it",
        "readinessProbe": f"gets no requests after {failures} failures in a row",
        "livenessProbe": f"restarted after {failures} failures in a row",
    }
    return f"{question} within {probe['timeoutSeconds']} s; asked every {period} s, {consequence[kind]}"


def _folders(container: Object, pod: Object, objects: Objects) -> Iterator[list[str]]:
    volumes = {volume["name"]: volume for volume in pod.get("volumes", ())}
    mounts = [(mount, volumes[mount["name"]]) for mount in container.get("volumeMounts", ())]
    writable = [
        f"{_code(mount['mountPath'])}, {_size(volume, objects)}"
        for mount, volume in mounts
        if not mount.get("readOnly")
    ]
    yield ["writable", "; ".join(writable) or "nothing"]
    files = [f"{_code(mount['mountPath'])}, {_contents(volume)}" for mount, volume in mounts if mount.get("readOnly")]
    if files:
        yield ["files", "; ".join(files)]


def _size(volume: Object, objects: Objects) -> str:
    if "emptyDir" in volume:
        in_memory = " in memory" if volume["emptyDir"].get("medium") == "Memory" else ""
        return f"{volume['emptyDir']['sizeLimit']}{in_memory}, empty at each start"
    claim = volume["persistentVolumeClaim"]["claimName"]
    size = objects[f"PersistentVolumeClaim/{claim}"]["spec"]["resources"]["requests"]["storage"]
    return f"{size}, kept: {_code(claim)}"


def _contents(volume: Object) -> str:
    if "secret" in volume:
        return f"a file for each key of {_code(volume['secret']['secretName'])}"
    if "configMap" in volume:
        return f"a file for each key of ConfigMap {_code(volume['configMap']['name'])}"
    return "projected"


def _stop(container: Object, grace: int) -> str:
    hook = container.get("lifecycle", {}).get("preStop", {})
    pause = hook["exec"]["command"] if "exec" in hook else ["sleep", str(hook["sleep"]["seconds"])] if hook else []
    first = f"{_code(shlex.join(pause))}, then SIGTERM" if pause else "SIGTERM"
    return f"{first}; SIGKILL {grace} s after the beginning"


def _duration(seconds: int) -> str:
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


# Jobs


def _job(o: Object, objects: Objects) -> list[str]:
    spec, container = o["spec"]["jobTemplate"]["spec"], _container(o)
    when = "started by hand" if o["spec"]["suspend"] else f"{_code(o['spec']['schedule'])} {o['spec']['timeZone']}"
    ((_, writable), *_) = _folders(container, pod_template(o)["spec"], objects)
    tries = spec["backoffLimit"] + 1
    codes = [code for rule in spec.get("podFailurePolicy", {}).get("rules", ()) for code in _final(rule)]
    pods = f"{tries}, none after exit code {', '.join(map(str, codes))}" if codes else str(tries)
    name, command = o["metadata"]["name"], _command(container)
    return [_code(name), command, when, _duration(spec["activeDeadlineSeconds"]), pods, writable]


def _final(rule: Object) -> Sequence[int]:
    """The exit codes after which a Job makes no other pod."""
    values: Sequence[int] = rule["onExitCodes"]["values"] if rule["action"] == "FailJob" else ()
    return values


# Variables


def _variables(given: Sequence[Object], objects: Objects, meanings: Mapping[str, str]) -> Iterator[list[str]]:
    """Where they are of several, with a column for whom."""
    found: dict[str, dict[str, str]] = {}
    for o in given:
        for variable, value in environment(o, objects):
            found.setdefault(variable, {})[o["metadata"]["name"]] = value
    several = len(given) > 1
    yield ["name", "value", "of", ""] if several else ["name", "value", ""]
    for variable, values in found.items():
        of = "all" if len(values) == len(given) else ", ".join(values)
        value = ", ".join(dict.fromkeys(values.values()))
        yield [_code(variable), value, *([of] if several else []), meanings.get(_code(variable), "")]


def environment(o: Object, objects: Objects) -> Iterator[tuple[str, str]]:
    """Each variable of its container and, in words, its value or where that comes from."""
    found: dict[str, str] = {}
    container = _container(o)
    for source in container.get("envFrom", ()):
        if "secretRef" in source:
            name = source["secretRef"]["name"]
            found |= dict.fromkeys(objects[f"Secret/{name}"]["stringData"], _code(name))
        else:
            data = objects[f"ConfigMap/{source['configMapRef']['name']}"]["data"]
            found |= {key: _code(value) for key, value in data.items()}
    found |= {variable["name"]: _value(variable) for variable in container.get("env", ())}
    yield from found.items()


def _value(variable: Object) -> str:
    if "value" in variable:
        return _code(variable["value"])
    (reference,) = variable["valueFrom"].values()
    return (
        _code(reference["fieldPath"]) if "fieldPath" in reference else f"{_code(reference['name'])}, {reference['key']}"
    )


def _meanings(made: str) -> dict[str, str]:
    """The last cell of each line, by the first."""
    rows: Iterable[list[str]] = (_CELLS.split(line.strip().strip("|")) for line in made.splitlines())
    return {row[0].strip(): row[-1].strip() for row in rows if len(row) > 1}


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), read()), encoding="utf-8")
