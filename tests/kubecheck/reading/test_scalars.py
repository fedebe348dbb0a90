"""What a scalar stands for. The values are those that kubectl 1.37 prints of the same text."""

from typing import Any

import pytest

from kubecheck.reading import scalars


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("y", True),
        ("No", False),
        ("ON", True),
        ("off", False),
        ("true", True),
        ("tRUE", "tRUE"),
        ("", None),
        ("~", None),
        ("Null", None),
        ("none", "none"),
        ("017", 15),
        ("0o17", 15),
        ("089", 89),
        ("0x1F", 31),
        ("-0b11", -3),
        ("1_000", 1000),
        ("+1", 1),
        ("-0", 0),
        ("9223372036854775807", 9223372036854775807),
        ("12345678901234567890", 1.2345678901234567e19),
        ("-9223372036854775809", -9.223372036854775809e18),
        ("123456789012345678901", 1.2345678901234568e20),
        ("80.0", 80),
        ("1e3", 1000),
        (".5", 0.5),
        ("1.", 1),
        ("1e400", "1e400"),
        ("9" * 5000, "9" * 5000),
        ("1:30", "1:30"),
        ("190:20:30", "190:20:30"),
        ("2024-01-01", "2024-01-01"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
        ("1.2.3", "1.2.3"),
        ("0x", "0x"),
        ("=", "="),
        ("-", "-"),
    ],
)
def test_a_scalar_without_quotes(text: str, value: Any) -> None:
    read = scalars.plain(text)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize("text", [".inf", "-.Inf", ".NaN"])
def test_what_json_cannot_say_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="JSON does not have"):
        scalars.plain(text)


@pytest.mark.parametrize(
    ("tag", "text", "value"),
    [
        ("tag:yaml.org,2002:str", "1", "1"),
        ("tag:yaml.org,2002:int", "3", 3),
        ("tag:yaml.org,2002:float", "1", 1),
        ("tag:yaml.org,2002:bool", "y", True),
        ("tag:yaml.org,2002:null", "", None),
        ("tag:yaml.org,2002:binary", "aGk=", "hi"),
        ("tag:yaml.org,2002:timestamp", "2024-01-01", "2024-01-01"),
        ("!Ref", "bucket", "bucket"),
    ],
)
def test_a_tag_says_what_is_read(tag: str, text: str, value: Any) -> None:
    assert scalars.tagged(tag, text) == value


@pytest.mark.parametrize(
    ("name", "text"), [("int", "x"), ("bool", "1"), ("binary", "?"), ("null", "x"), ("float", "y")]
)
def test_a_tag_that_does_not_fit_is_refused(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"!!{name}"):
        scalars.tagged(f"tag:yaml.org,2002:{name}", text)


@pytest.mark.parametrize(
    ("value", "key"), [("a", "a"), (True, "true"), (False, "false"), (8080, "8080"), (1.5, "1.5"), (0.1, "0.1")]
)
def test_a_key_is_a_text(value: Any, key: str) -> None:
    assert scalars.key(value) == key


@pytest.mark.parametrize(("value", "what"), [(None, "null"), ({}, "a mapping"), ([], "a list")])
def test_what_is_no_text_and_no_number_is_no_key(value: Any, what: str) -> None:
    with pytest.raises(ValueError, match=f"{what} cannot be a key"):
        scalars.key(value)
