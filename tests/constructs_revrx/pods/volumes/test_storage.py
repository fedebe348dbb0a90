"""Storage: a volume that is made."""

from constructs_revrx import Storage

QUANTITY = "is not a positive quantity; write a number and m, k, M, G, Ki, Mi or Gi, e.g. 250m, 2Gi"


def test_storage() -> None:
    assert list(Storage(size="20Gi").problems()) == []
    assert list(Storage(size="20GB").problems()) == [f"size '20GB' {QUANTITY}"]


def test_a_storage_class_has_a_name_that_kubernetes_accepts() -> None:
    assert list(Storage(size="1Gi", storage_class="GP3").problems()) == [
        "storage_class: 'GP3' is not a name that Kubernetes accepts; use a-z, 0-9, '-' and '.'"
    ]
