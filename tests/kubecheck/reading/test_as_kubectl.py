"""What is read is what a kubectl reads, where this machine has one."""

import json
from pathlib import Path
from typing import Any

import pytest

from kubecheck.reading.files import File
from kubecheck.reading.manifests import read

from ..programs import output

WIDGET = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\n"

SCALARS = """\
y n yes No on OFF true tRUE null ~ Null none 0 017 0o17 089 0x1F -0b11 1_000 +1 -0 1e3 1E+3 .5 1. 80.0 1:30 190:20:30
2024-01-01 2024-01-01T00:00:00Z 1.2.3 0x 1e400 12345678901234567890 123456789012345678901 -9223372036854775809 "y" '017'
= é !!str__1 !!int__"3" !!float__1 !!bool__y !!binary__aGk= !tag__x
"""

TEXTS = {
    "scalars": WIDGET
    + "spec:\n"
    + "".join(f"  k{n}: {scalar.replace('__', ' ')}\n" for n, scalar in enumerate(SCALARS.split())),
    "keys": f"{WIDGET}spec: {{y: 1, off: 2, 8080: 3, 017: 4, 1.5: 5, 'y': 6, 2024-01-01: 7}}\n",
    "repeated keys": f"{WIDGET}spec: {{a: 1, a: 2}}\n",
    "merged keys": WIDGET
    + "spec:\n  base: &base {a: 1, b: 2}\n  other: &other {a: 3, c: 4}\n  first: {<<: [*base, *other], b: 5}\n"
    + "  last:\n    b: 5\n    <<: *base\n  again: *other\n",
    "texts": f"{WIDGET}spec:\n  a: |\n    x\n     y\n  b: >-\n    x\n    y\n  c: 'it''s'\n  d: \"\\u00e9\\t\\x41\"\n",
    "several": f"---\n# nothing\n---\n{WIDGET}...\n---\n{WIDGET}--- # the end\n",
    "windows": WIDGET.replace("\n", "\r\n"),
    "a list": "apiVersion: v1\nkind: List\nitems:\n"
    "- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- {apiVersion: v1, kind: Pod, metadata: {name: b}}\n",
    "a list of a kind": "apiVersion: apps/v1\nkind: DeploymentList\nitems: [{metadata: {name: a}}]\n",
    "json": '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "\\ud83d\\ude00"}}\n'
    '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "b"}, "spec": {"a": 1.0, "b": 1e3}}\n',
}


def read_by_kubectl(file: Path) -> list[Any]:
    """It writes nothing without a change, so there is an annotation."""
    text = output("kubectl", "annotate", "--local", "--filename", file, "--output=json", "x=y")
    # What has no room in an int64 is a float there, and written without a sign of it.
    decoder, objects, at = json.JSONDecoder(parse_int=float), [], 0
    while at < len(text):
        found, at = decoder.raw_decode(text, at)
        at += len(text[at:]) - len(text[at:].lstrip())
        del found["metadata"]["annotations"]
        objects.append(found)
    return objects


@pytest.mark.parametrize("name", TEXTS)
def test_the_objects_are_those_of_kubectl(name: str, tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(TEXTS[name].encode())
    manifests = read([File("a.yaml", file.read_bytes())])
    assert not manifests.unreadable
    assert manifests.objects == read_by_kubectl(file)


@pytest.mark.parametrize(
    "text",
    [
        "a: .inf\n",
        "~: 1\n",
        "a: &a [*a]\n",
        "--- a: 1\n",
        "%YAML 1.1\n---\na: 1\n",
        "a: {{ .Values.a }}\n",
        "a:\n\tb: 1\n",
        "<<: 1\n",
        "a: !!int x\n",
        "a0: &a0 x\n" + "".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]\n" for n in range(9)),
    ],
)
def test_what_is_unreadable_kubectl_refuses_too(text: str, tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(text, encoding="utf-8")
    assert read([File("a.yaml", text.encode())]).unreadable
    with pytest.raises(AssertionError, match=r"error: error parsing"):
        output("kubectl", "annotate", "--local", "--filename", file, "--output=json", "x=y")
