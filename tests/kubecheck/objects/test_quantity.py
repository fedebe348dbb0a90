"""Quantities are compared as numbers, and what is none is told."""

from decimal import Decimal
from typing import Any

import pytest

from kubecheck.objects.quantity import parse, problem, read


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", "1"),
        ("0.5", "0.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("+5", "5"),
        ("007", "7"),
        ("100n", "0.0000001"),
        ("250u", "0.00025"),
        ("250m", "0.25"),
        ("2k", "2000"),
        ("2M", "2000000"),
        ("2G", "2000000000"),
        ("2T", "2000000000000"),
        ("2P", "2000000000000000"),
        ("2E", "2000000000000000000"),
        ("1Ki", "1024"),
        ("1.5Mi", "1572864"),
        ("1.Gi", "1073741824"),
        ("1Gi", "1073741824"),
        ("1Ti", "1099511627776"),
        ("1Pi", "1125899906842624"),
        ("1Ei", "1152921504606846976"),
        ("129e6", "129000000"),
        ("1E3", "1000"),
        ("1e+3", "1000"),
        ("5e-3", "0.005"),
        ("1e0003", "1000"),
        # A billionth is the least there is, and all else is rounded up to the next.
        ("0.0000000001", "0.000000001"),
        ("1.0000000001", "1.000000001"),
        ("1e-100", "0.000000001"),
        ("12345678901234567890.123456789", "12345678901234567890.123456789"),
        # Of powers of 1024 the most is 2^63 - 1; of others it is more than anybody has.
        ("8Ei", "9223372036854775807"),
        ("100E", "100000000000000000000"),
        ("1e999999999", "1e100"),
    ],
)
def test_a_quantity_is_a_number_of_cores_or_bytes(text: str, value: str) -> None:
    assert parse(text) == read(text) == Decimal(value)
    assert read(f"-{text.removeprefix('+')}") == Decimal(value).copy_negate()
    assert problem(text) is None


def test_quantities_compare_as_numbers_not_as_text() -> None:
    larger, smaller = parse("2Gi"), parse("512Mi")
    assert larger is not None
    assert smaller is not None
    assert larger > smaller
    assert parse("1000m") == parse("1")


NONE = ["", "lots", "1 Gi", "1GB", "1gi", "1K", "1,5", "Gi", ".", "-", "+-1", "1-3", "1e", "1e1.5", "1EE5", "1.2.3"]
NONE += ["\N{ARABIC-INDIC DIGIT ONE}", "0x10", "1e99999999999999999999", "1_000", "inf", "nan"]


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_quantity_is_told(text: str) -> None:
    assert read(text) is None
    assert parse(text) is None
    assert problem(text) == (
        f"{text!r} is not a positive quantity; write a number and m, k, M, G, Ki, Mi or Gi, e.g. 250m, 2Gi"
    )


@pytest.mark.parametrize("text", ["0", "0.0Gi", "-0", "-1", "-1e3", "-1.5Gi"])
def test_a_quantity_that_has_to_be_positive_is_told(text: str) -> None:
    assert parse(text) is None
    assert problem(text)
    number = read(text)
    assert number is not None
    assert number <= 0


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, "1"),
        (-2, "-2"),
        (0.5, "0.5"),
        (1e22, "1e22"),
        (10**5000, "1e100"),
        (" 1Gi\n", "1073741824"),
        (True, None),
        (None, None),
        (float("nan"), None),
        (float("inf"), None),
        ({}, None),
        (["1"], None),
    ],
    ids=["int", "negative", "float", "large", "larger", "spaces", "bool", "null", "nan", "inf", "map", "list"],
)
def test_numbers_of_yaml_are_quantities_and_other_values_are_none(value: Any, number: str | None) -> None:
    assert read(value) == (number and Decimal(number))


def test_a_text_of_any_length_is_read_at_once() -> None:
    assert read("9" * 100_000) == Decimal("1e100")
    assert read("9" * 100_000 + "x") is None
    assert read("0." + "0" * 100_000 + "1Gi") == Decimal("1e-9")
