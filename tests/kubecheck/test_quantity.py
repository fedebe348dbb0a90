"""Quantities are compared as numbers, and what is none is told."""

from decimal import Decimal

import pytest

from kubecheck.objects.quantity import parse, problem


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", "1"),
        ("0.5", "0.5"),
        (".5", "0.5"),
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
        ("1Gi", "1073741824"),
        ("1Ti", "1099511627776"),
        ("1Pi", "1125899906842624"),
        ("1Ei", "1152921504606846976"),
    ],
)
def test_a_quantity_is_a_number_of_cores_or_bytes(text: str, value: str) -> None:
    assert parse(text) == Decimal(value)
    assert problem(text) is None


def test_quantities_compare_as_numbers_not_as_text() -> None:
    larger, smaller = parse("2Gi"), parse("512Mi")
    assert larger is not None
    assert smaller is not None
    assert larger > smaller
    assert parse("1000m") == parse("1")


@pytest.mark.parametrize(
    "text",
    ["", "lots", "1.", "1 Gi", " 1Gi", "1GB", "1gi", "1K", "-1", "+1", "0", "0.0Gi", "1e3", "1,5", "Gi"],
)
def test_what_is_no_positive_quantity_is_told(text: str) -> None:
    assert parse(text) is None
    assert problem(text) == (
        f"{text!r} is not a positive quantity; write a number and m, k, M, G, Ki, Mi or Gi, e.g. 250m, 2Gi"
    )
