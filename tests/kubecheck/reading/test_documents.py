"""The documents in a text: their values, their lines, and what is broken in them."""

import time
from typing import Any

import pytest

from kubecheck.reading.documents import Broken, Chunk, Document, chunks
from kubecheck.reading.json_documents import documents


def read(text: str) -> list[Document | Broken]:
    return [found for chunk in chunks(text) for found in (documents(chunk) if isinstance(chunk, Chunk) else [chunk])]


def values(text: str) -> list[Any]:
    """Of the documents, all of which can be read."""
    found = read(text)
    assert not [each for each in found if isinstance(each, Broken)]
    return [each.value for each in found if isinstance(each, Document)]


def broken(text: str) -> Broken:
    """The one thing that is wrong."""
    (found,) = [each for each in read(text) if isinstance(each, Broken)]
    return found


def test_several_documents_with_the_line_of_the_first_key_of_each() -> None:
    text = "# first\na: 1\n---\n\n# second\nb: 2\n--- # third\nc: 3\n...\n---\n"
    assert [(each.value, each.line) for each in read(text) if isinstance(each, Document)] == [
        ({"a": 1}, 2),
        ({"b": 2}, 6),
        ({"c": 3}, 8),
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n---\n", "---\n# nothing\n---\n"])
def test_without_documents(text: str) -> None:
    assert values(text) == []


def test_windows_line_ends() -> None:
    assert values("a: 1\r\nb: |\r\n  x\r\n---\r\nc: 2\r\n") == [{"a": 1, "b": "x\n"}, {"c": 2}]


def test_anchors_aliases_and_merged_keys() -> None:
    text = (
        "base: &base {cpu: 1, memory: 2}\nother: &other {cpu: 3}\nall: {<<: [*base, *other], memory: 4}\nagain: *base\n"
    )
    (value,) = values(text)
    assert value["all"] == {"cpu": 1, "memory": 4}
    assert value["again"] == {"cpu": 1, "memory": 2}


def test_what_is_merged_below_wins_as_kubectl_has_it() -> None:
    assert values("base: &base {cpu: 1}\nall: {cpu: 2, <<: *base}\n")[0]["all"] == {"cpu": 1}


def test_a_key_that_is_merged_and_written_is_not_repeated() -> None:
    (document,) = read("base: &base {cpu: 1}\nall:\n  <<: *base\n  cpu: 2\n")
    assert isinstance(document, Document)
    assert document.repeated == []


def test_a_key_that_stands_twice_is_told_with_its_line_and_the_last_is_taken() -> None:
    (document,) = read("a:\n  x: 1\n  w: 2\n  x: 3\nb: {z: 1, z: 2}\n1: a\n'1': b\n")
    assert isinstance(document, Document)
    assert document.repeated == [(4, "x"), (5, "z"), (7, "1")]
    assert document.value == {"a": {"x": 3, "w": 2}, "b": {"z": 2}, "1": "b"}


def test_a_repeated_key_beside_merged_ones_is_told() -> None:
    (document,) = read("base: &base {cpu: 1}\nall:\n  a: 1\n  <<: *base\n  a: 2\n  b: 1\n  b: 2\n")
    assert isinstance(document, Document)
    assert document.repeated == [(5, "a"), (7, "b")]


@pytest.mark.parametrize(
    ("text", "line", "column", "told"),
    [
        ("a: 1\nb:\n\tc: 2\n", 3, 1, "indent with spaces"),
        ("a: 1\n  b: 2\n", 2, 4, "mapping values are not allowed in this context; mend the indentation"),
        ("a: 1\nb: [1, 2\n", 3, 1, "mend the indentation, a bracket or a quote"),
        ('a: "x\nb: 1\n', 3, 1, "close the quote"),
        ("a: *nobody\n", 1, 4, "undefined alias 'nobody'; define the anchor above it"),
        ("a: &a [*a]\n", 1, 8, "anchor 'a' contains itself"),
        ("a: %x\n", 1, 4, "quote a text that begins with '%'"),
        ("a: .inf\n", 1, 4, "JSON does not have"),
        ("a: !!int x\n", 1, 4, "'x' is no int"),
        ("~: 1\n", 1, 1, "null cannot be a key"),
        ("<<: 1\n", 1, 5, "<< merges mappings"),
        ("a: 1\n...\nb: 2\n", 3, 1, "begin a document with a line ---"),
        ("a: \x01\n", 1, 4, "control characters are not allowed; take the character out"),
        ("--- a: 1\n", 1, 4, "after --- stands 'a: 1', and kubectl takes nothing there but a comment"),
        ("---a\n", 1, 4, "after --- stands 'a'"),
        ("%YAML 1.1\n---\na: 1\n", 2, 1, "<document start>"),
        ("<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> x\n", 2, 2, "resolve the merge conflict"),
    ],
)
def test_what_is_broken_is_told_with_its_place_and_the_way_out(text: str, line: int, column: int, told: str) -> None:
    above = "first: 1\n---\n"
    found = broken(above + text)
    assert (found.line, found.column) == (line + 2, column)
    assert told in found.text


@pytest.mark.parametrize(
    "text",
    [
        "{{- if .Values.enabled }}\nkind: Service\n{{- end }}\n",
        "kind: Service\nmetadata:\n  name: {{ .Release.Name }}\n",
        'kind: Service\n{{ include "labels" . | nindent 2 }}\n',
        "kind: Service\nspec:\n  replicas: {{ .Values.replicas }}x\n",
    ],
)
def test_what_is_left_of_a_template_is_known_for_it(text: str) -> None:
    assert "this is a template: check what it becomes, `helm template" in broken(text).text


def test_a_broken_document_leaves_the_others_alone() -> None:
    found = read("a: 1\n---\nb: [\n---\nc: 3\n--- x\nd: 4\n---\ne: 5\n")
    assert [each.value for each in found if isinstance(each, Document)] == [{"a": 1}, {"c": 3}, {"e": 5}]
    assert [each.line for each in found if isinstance(each, Broken)] == [4, 6]


def test_aliases_of_aliases_do_not_eat_the_machine() -> None:
    levels = "".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]\n" for n in range(20))
    begin = time.monotonic()
    assert "which kubectl refuses" in broken(f"a0: &a0 x\n{levels}").text
    assert time.monotonic() - begin < 1


def test_some_thousand_aliases_are_no_attack() -> None:
    text = "a: &a {x: 1, y: 2, z: 3}\nb:\n" + "- *a\n" * 5000
    assert len(values(text)[0]["b"]) == 5000


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{a: " * 10_000, "a:\n" + "".join(f"{' ' * n}- \n" for n in range(900))]
)
def test_what_is_nested_without_an_end_is_told(text: str) -> None:
    assert broken(text).line >= 1


def test_a_schema_of_seventy_levels_is_read() -> None:
    text = "".join(f"{'  ' * n}properties:\n" for n in range(70)) + "  " * 70 + "type: string\n"
    assert values(text)


def test_the_template_that_helm_names_above_a_document() -> None:
    text = "---\n# Source: shop/templates/service.yaml\nkind: Service\n---\nkind: Job\n"
    assert [each.template for each in read(text) if isinstance(each, Document)] == ["shop/templates/service.yaml", ""]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1}', [{"a": 1}]),
        ('{\n\t"a": {"b": [1, 2.5, null, true]}\n}\n', [{"a": {"b": [1, 2.5, None, True]}}]),
        ('{"a": "\\ud83d\\ude00 \\/"}', [{"a": "😀 /"}]),
        (f'{{"{"k" * 2000}": 1}}', [{"k" * 2000: 1}]),
        ('{"a": 1}\n{"b": 2}{"c": 3}', [{"a": 1}, {"b": 2}, {"c": 3}]),
        ('{"a": 1}\n---\n{"b": 2}\n', [{"a": 1}, {"b": 2}]),
    ],
)
def test_json(text: str, expected: list[Any]) -> None:
    assert values(text) == expected


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ('{"a": 1,\n"b": ]}', 2, "this is no JSON: Expecting value"),
        ('{"a": 1}\n{"b": NaN}', 2, "NaN"),
        ('{"a": 1}\n{"b":' + "[" * 5000 + "]" * 5000 + "}", 2, "deeper than"),
        ('{"a": 1}\n{"b":' + "[" * 300 + "]" * 300 + "}", 2, "deeper than"),
        ('{"a": 1}\n{"b": ' + "9" * 5000 + "}", 2, "4300 digits"),
    ],
)
def test_broken_json_is_told_as_json(text: str, line: int, told: str) -> None:
    found = broken(text)
    assert found.line == line
    assert told in found.text


def test_the_line_of_each_entry_of_a_list() -> None:
    (document,) = read("kind: List\nitems:\n- a: 1\n- # second\n  b: 2\n- {c: 3}\n")
    assert isinstance(document, Document)
    assert [document.items[id(item)] for item in document.value["items"]] == [3, 5, 6]
