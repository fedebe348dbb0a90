"""Names of images."""

import pytest

from kubecheck.checks.pods.images import image_name

from ...given import container, texts, workload

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    "image",
    [
        "Nginx:1.0",
        "shop/Web",
        " nginx",
        "nginx ",
        "nginx:",
        "nginx:a b",
        "nginx@sha256:abc",
        "nginx:-1",
        "/nginx",
        "a//b",
        "https://example.com/nginx",
        "nginx:1.0:2",
        "nginx@1.0",
        "shop/web_",
        "{{ .Values.image }}",
    ],
)
def test_a_name_that_nothing_can_pull_is_told(image: str) -> None:
    assert texts(image_name, [workload(pod=container(image=image))]) == [
        f"Deployment a: container c: image {image!r} is no name that can be pulled; write [HOST/]PATH:TAG or "
        "[HOST/]PATH@sha256:DIGEST, the path in lower-case letters"
    ]


@pytest.mark.parametrize(
    "image",
    [
        "nginx",
        "nginx:1.27",
        "shop/web:V1_2-x.y",
        f"nginx:1.27@{DIGEST}",
        f"shop/web@{DIGEST}",
        "localhost:5000/web:1",
        "ghcr.io/a/b/c__d-e--f:latest",
        "EXAMPLE.com/web",
        "[::1]:5000/web",
        "auto",
        "",
        "registry.example.com/a.b/c_d",
    ],
)
def test_what_can_be_pulled_is_a_name(image: str) -> None:
    assert texts(image_name, [workload(pod=container(image=image))]) == []
