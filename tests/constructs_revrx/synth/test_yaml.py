"""The YAML that is written: the same values for every parser, and lines that a reviewer can read."""

import pytest
import yaml
from constructs_revrx.synth.yaml import dump
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from kubecheck.objects.documents import load_all

# Only written in escapes; ruamel's parser refuses or changes some of them in a line of their own.
SPECIAL = ("a\r\nb", "\x00", "\u2028", "\x85", "\ufeff")

# Texts that one parser or another takes for something else. kubectl reads YAML 1.1 as go-yaml 2 has it: y is true, 1e3
# a number, 0o7 too; PyYAML reads YAML 1.1 without those, ruamel YAML 1.2.
MISTAKEN = (
    *("y", "Y", "n", "N", "yes", "No", "on", "OFF", "true", "False", "~", "null", "NULL", "", "=", "<<"),
    *(
        "0",
        "012",
        "0o7",
        "0O7",
        "0x1f",
        "0X1F",
        "0b1",
        "1_000",
        "+1",
        "-1",
        "1e3",
        "1E3",
        "12e4567",
        "1.5e3",
        "1.",
        ".5",
    ),
    *(".inf", "-.Inf", ".NaN", "1:30", "190:20:30", "2026-01-01", "2026-01-01T00:00:00Z"),
    *("a: b", "a #b", "- a", "# a", "@a", "`a", "%a", "!a", "&a", "*a", "{a", "[a", "? a", "|", ">", "'", '"', "\\"),
    *(
        " a",
        "a ",
        "a\n",
        "\na",
        "a\n\n",
        "a \nb",
        "\ta",
        "a\tb",
        "a\r\nb",
        "\x00",
        "é",
        "\u2028",
        "\x85",
        "\ufeff",
        "😀",
    ),
)


@pytest.mark.parametrize("text", MISTAKEN)
def test_a_text_stays_a_text(text: str) -> None:
    written = dump({"text": text, "list": [text], text: 1})
    assert yaml.safe_load(written) == {"text": text, "list": [text], text: 1}
    assert load_all(written) == [{"text": text, "list": [text], text: 1}]


@pytest.mark.parametrize("text", [text for text in MISTAKEN if text not in SPECIAL])
def test_a_text_stays_a_text_in_yaml_1_2(text: str) -> None:
    assert YAML(typ="safe", pure=True).load(dump({"text": text})) == {"text": text}


@pytest.mark.parametrize("text", ["y", "N", "1e3", "1.5e3", "12e4567", "0o7", "0O17", "0X1F", "0B1"])
def test_what_only_kubectl_takes_for_another_value_is_quoted(text: str) -> None:
    assert dump({"text": text}) == f"text: '{text}'\n"


@pytest.mark.parametrize("text", ["250m", "64Mi", "1.4.2", "10.0.0.0/8", "https://example.com", "yes-or-no", "name"])
def test_what_nobody_mistakes_is_not_quoted(text: str) -> None:
    assert dump({"text": text}) == f"text: {text}\n"


def test_numbers_and_booleans_are_not_texts() -> None:
    assert dump({"a": 1, "b": 0.5, "c": True, "d": {}, "e": []}) == "a: 1\nb: 0.5\nc: true\nd: {}\ne: []\n"


def test_lines_stay_lines() -> None:
    assert dump({"file": "one\ntwo\n"}) == "file: |\n  one\n  two\n"


def test_a_long_line_is_not_folded() -> None:
    assert len(dump({"text": "word " * 1000 + "end"}).splitlines()) == 1


def test_a_value_in_two_places_is_written_twice() -> None:
    labels = {"app": "shop"}
    assert dump({"a": labels, "b": labels}) == "a:\n  app: shop\nb:\n  app: shop\n"


def test_keys_keep_their_order() -> None:
    assert dump({"b": 1, "a": 2}) == "b: 1\na: 2\n"


@given(st.recursive(st.text() | st.integers() | st.booleans(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)))
def test_any_value_is_read_as_it_was_written(value: object) -> None:
    assert yaml.safe_load(dump({"value": value})) == {"value": value}


def test_what_is_no_yaml_has_no_documents() -> None:
    assert load_all("<<<<<<< HEAD\na: 1\n=======\n") == []
