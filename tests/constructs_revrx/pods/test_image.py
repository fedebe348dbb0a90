"""Image: what may be run, and when it is pulled."""

import pytest
from constructs_revrx import Image

REFERENCE = "is not an image reference; write name:tag or name@sha256:<64 hex digits>"


MOVES = "can change under a running pod; give a version or a digest"


DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "reference",
    [
        "postgres:16-alpine",
        "ghcr.io/shop/app:1.4.2",
        "registry.example.com:5000/shop/app:v1",
        "my_registry/my-app.d/x:1.0_rc-1",
        f"shop/app@{DIGEST}",
        f"shop/app:1.4.2@{DIGEST}",
        f"shop/app:latest@{DIGEST}",
        "app:" + "a" * 128,
    ],
)
def test_an_image_with_a_version_or_a_digest_is_accepted(reference: str) -> None:
    assert list(Image(reference).problems()) == []


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        pytest.param("shop/app", f"shop/app {MOVES}", id="no-tag"),
        pytest.param("shop/app:latest", f"shop/app:latest {MOVES}", id="latest"),
        pytest.param("registry:5000/shop/app", f"registry:5000/shop/app {MOVES}", id="port-and-no-tag"),
        pytest.param("", f"'' {REFERENCE}", id="empty"),
        pytest.param("shop/App:1", f"'shop/App:1' {REFERENCE}", id="upper-case"),
        pytest.param("shop/app:", f"'shop/app:' {REFERENCE}", id="empty-tag"),
        pytest.param("shop/app:1 ", f"'shop/app:1 ' {REFERENCE}", id="space"),
        pytest.param("/shop/app:1", f"'/shop/app:1' {REFERENCE}", id="begins-with-slash"),
        pytest.param("app@sha256:abc", f"'app@sha256:abc' {REFERENCE}", id="short-digest"),
        pytest.param(f"app@md5:{'0' * 64}", f"'app@md5:{'0' * 64}' {REFERENCE}", id="another-digest"),
    ],
)
def test_another_image_is_refused(reference: str, problem: str) -> None:
    assert list(Image(reference).problems()) == [problem]


@pytest.mark.parametrize(
    "reference", ["https://ghcr.io/app:1", "app:1:2", "shop//app:1", "shop/a..b:1", "app:-1", "app:" + "a" * 129]
)
def test_an_image_that_no_registry_has_is_refused(reference: str) -> None:
    assert list(Image(reference).problems()) == [f"{reference!r} {REFERENCE}"]


def test_an_image_is_pulled_always_unless_a_digest_fixes_it() -> None:
    assert Image("app:1").pull_policy == "Always"
    assert Image(f"app:1@{DIGEST}").pull_policy == "IfNotPresent"
