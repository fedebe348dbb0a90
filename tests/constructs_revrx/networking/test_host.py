"""Host: a name and a path from outside."""

import pytest
from constructs_revrx import Host, ManifestError

NO_HOST = "is not a host name; write lower-case labels with dots between, e.g. app.example.com"


LONG = ".".join(["a" * 63] * 3)


@pytest.mark.parametrize(
    "name", ["example.com", "a-b.c1.example.com", "*.example.com", "a" * 63 + ".example.com", f"{LONG}.{'a' * 61}"]
)
def test_a_host_name_is_accepted(name: str) -> None:
    assert list(Host(name).problems()) == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        "localhost",
        "Shop.example.com",
        "shop_1.example.com",
        "-shop.example.com",
        "shop-.example.com",
        "shop..example.com",
        "shop.example.com.",
        "shop.*.com",
        "https://shop.example.com",
        "shop.example.com:443",
        "shop.example.com/",
        "a" * 64 + ".example.com",
        f"{LONG}.{'a' * 62}",
    ],
)
def test_what_is_no_host_name_is_refused(name: str) -> None:
    assert list(Host(name).problems()) == [f"{name!r} {NO_HOST}"]


def test_an_address_is_no_host_name() -> None:
    assert list(Host("10.0.0.1").problems()) == [f"'10.0.0.1' {NO_HOST}"]


def test_a_host_answers_to_everything_below_its_path() -> None:
    assert Host("example.com").path == "/"
    assert list(Host("example.com", "/v1").problems()) == []
    assert list(Host("example.com", "v1").problems()) == ["path 'v1' does not begin with '/'"]


def test_a_host_may_answer_to_its_path_alone() -> None:
    assert Host("example.com").path_type == "Prefix"
    assert list(Host("example.com", "/v1", path_type="Exact").problems()) == []
    with pytest.raises(ManifestError, match="path_type is 'Regex', which is not 'Prefix' or 'Exact'"):
        Host("example.com", "/v1", path_type="Regex")  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["//", "/a//b", "/./a", "/a/../b", "/a/..", "/a/.", "/a%2Fb", "/a%2fb"])
def test_a_path_that_kubernetes_refuses_is_refused(path: str) -> None:
    (problem,) = Host("example.com", path).problems()
    assert problem.startswith(f"path {path!r} has ")


@pytest.mark.parametrize("path", ["/a.b", "/.well-known", "/a..b", "/...", "/a/"])
def test_a_path_with_dots_in_its_names_is_a_path(path: str) -> None:
    assert list(Host("example.com", path).problems()) == []
