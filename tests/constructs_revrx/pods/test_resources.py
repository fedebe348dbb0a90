"""Resources: what a container asks for, and the most that it may use."""

import pytest
from constructs_revrx import Resources

QUANTITY = "is not a positive quantity; write a number and m, k, M, G, Ki, Mi or Gi, e.g. 250m, 2Gi"


SIZES = {"cpu": ("1", "1"), "memory": ("1Gi", "1Gi"), "ephemeral_storage": ("1Gi", "1Gi")}


@pytest.mark.parametrize(
    ("resources", "problems"),
    [
        pytest.param({"cpu": ("500m", "0.5")}, [], id="equal"),
        pytest.param({"memory": ("512Mi", "2Gi")}, [], id="smaller-number-greater-unit"),
        pytest.param({"cpu": ("1", "none")}, [f"cpu 'none' {QUANTITY}"], id="limit"),
        pytest.param({"cpu": ("none", "1")}, [f"cpu 'none' {QUANTITY}"], id="request"),
        pytest.param({"memory": ("0", "-1Gi")}, [f"memory '0' {QUANTITY}", f"memory '-1Gi' {QUANTITY}"], id="both"),
        pytest.param({"ephemeral_storage": ("1GB", "1Gi")}, [f"ephemeral_storage '1GB' {QUANTITY}"], id="storage"),
        pytest.param(
            {"memory": ("2Gi", "512Mi")},
            ["memory request 2Gi exceeds its limit 512Mi; raise the limit or lower the request"],
            id="memory-over-limit",
        ),
        pytest.param(
            {"cpu": ("1001m", "1"), "ephemeral_storage": ("1025Mi", "1Gi")},
            [
                "cpu request 1001m exceeds its limit 1; raise the limit or lower the request",
                "ephemeral_storage request 1025Mi exceeds its limit 1Gi; raise the limit or lower the request",
            ],
            id="all",
        ),
    ],
)
def test_resources(resources: dict[str, tuple[str, str]], problems: list[str]) -> None:
    assert list(Resources(**{**SIZES, **resources}).problems()) == problems


def test_a_container_may_write_a_gibibyte_to_disk_by_default() -> None:
    assert Resources(cpu=("1", "1"), memory=("1Gi", "1Gi")).ephemeral_storage == ("256Mi", "1Gi")


def test_without_a_cpu_limit_only_the_request_is_stated() -> None:
    resources = Resources(cpu=("250m", None), memory=("1Gi", "1Gi"))
    assert list(resources.problems()) == []
    assert {side: {k: v for k, v in sizes.items() if v} for side, sizes in resources.manifest.items()} == {
        "limits": {"ephemeral-storage": "1Gi", "memory": "1Gi"},
        "requests": {"cpu": "250m", "ephemeral-storage": "256Mi", "memory": "1Gi"},
    }
