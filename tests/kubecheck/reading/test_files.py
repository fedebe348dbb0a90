"""Which files arguments name, and what stands in the way of reading one."""

import os
import socket
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from kubecheck.reading.files import File, Found, find
from kubecheck.reading.folders import Missing, Note


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(name, encoding="utf-8")


def files(*arguments: str) -> list[str]:
    """The names of what can be read; nothing else is said."""
    found = list(find(arguments))
    assert not [each for each in found if not isinstance(each, File)]
    return [each.name for each in found]


def refusal(*arguments: str) -> str:
    (found,) = [each for each in find(arguments) if isinstance(each, Missing)]
    return f"{found.name}: {found.broken.text}"


def notes(found: list[Found]) -> list[str]:
    return [f"{each.name}: {each.text}" for each in found if isinstance(each, Note)]


def test_a_folder_is_searched_to_the_bottom_in_the_order_of_names() -> None:
    write("app/b.yml", "app/a/deep/c.json", "app/a.yaml", "app/README.md", "app/.hidden.yaml", "app/.git/config.yaml")
    assert files("app") == ["app/a/deep/c.json", "app/a.yaml", "app/b.yml"]
    assert files("app/.git") == ["app/.git/config.yaml"]


def test_here_is_written_without_a_dot() -> None:
    write("a.yaml", "b/c.yaml")
    assert files(".") == ["a.yaml", "b/c.yaml"]


def test_a_file_that_is_named_may_have_any_name() -> None:
    write("rendered.txt", ".hidden")
    assert files("rendered.txt", ".hidden") == ["rendered.txt", ".hidden"]


def test_a_file_that_two_arguments_reach_is_read_once() -> None:
    write("app/a.yaml", "app/b/c.yaml")
    os.link("app/a.yaml", "app/b/same.yaml")
    assert files("app/b", "app", "app/a.yaml") == ["app/b/c.yaml", "app/b/same.yaml"]


def test_links_to_files_are_followed_and_links_to_folders_are_told() -> None:
    write("app/a.yaml", "elsewhere/b.yaml", "elsewhere/c.yaml")
    Path("app/link.yaml").symlink_to("../elsewhere/b.yaml")
    Path("app/folder").symlink_to("../elsewhere")
    Path("app/round").symlink_to(".")
    found = list(find(["app"]))
    assert [each.name for each in found if isinstance(each, File)] == ["app/a.yaml", "app/link.yaml"]
    text = "it is a link to a folder, which kubectl does not follow; name it to have it checked"
    assert notes(found) == [f"app/folder: {text}", f"app/round: {text}"]
    assert files("app/folder") == ["app/folder/b.yaml", "app/folder/c.yaml"]


@pytest.mark.parametrize("name", ["app/nobody.yaml", "nobody", "app/a.yaml/b", "app/\0"])
def test_what_does_not_exist_is_told(name: str) -> None:
    write("app/a.yaml")
    assert refusal(name) == f"{name}: there is no such file or folder; mend the name, or the link"


def test_links_to_nothing_and_to_themselves_are_told_and_the_rest_is_read() -> None:
    write("app/z.yaml")
    Path("app/dangling.yaml").symlink_to("nobody.yaml")
    Path("app/loop.yaml").symlink_to("loop.yaml")
    dangling, loop, last = find(["app"])
    assert isinstance(dangling, Missing)
    assert "no such file" in dangling.broken.text
    assert isinstance(loop, Missing)
    assert "it cannot be read: Too many levels of symbolic links" in loop.broken.text
    assert isinstance(last, File)


def test_what_may_never_end_is_not_read() -> None:
    write("app/a.yaml")
    os.mkfifo("app/pipe.yaml")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("app/socket.yaml")
        found = list(find(["app", "app/pipe.yaml", "/dev/zero"]))
    texts = {each.name: each.broken.text for each in found if isinstance(each, Missing)}
    assert list(texts) == ["app/pipe.yaml", "app/socket.yaml", "/dev/zero"]
    assert set(texts.values()) == {
        "it is a device, pipe or socket, which may never end; pipe it in: `… | python -m kubecheck -`"
    }


def test_what_the_shell_pipes_into_a_name_is_read() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"kind: Service")
    os.close(writing)
    try:
        (found,) = find([f"/dev/fd/{reading}"])
    finally:
        os.close(reading)
    assert isinstance(found, File)
    assert found.data == b"kind: Service"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("name", ["app", "app/a.yaml"])
def test_what_one_may_not_read_is_told(name: str) -> None:
    write("app/a.yaml")
    Path(name).chmod(0)
    assert refusal("app") == f"{name}: you may not read it; change its permissions, or leave it out"
    Path(name).chmod(0o700)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that cannot be read, as Linux has")
def test_why_a_file_cannot_be_read_is_told() -> None:
    text = "it cannot be read: Input/output error; mend it, or leave it out"
    assert refusal("/proc/self/mem") == f"/proc/self/mem: {text}"


def test_what_is_too_large_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.yaml")
    monkeypatch.setattr("kubecheck.reading.files.LARGEST", 3)
    assert refusal("a.yaml").startswith("a.yaml: it is larger than")


def test_a_folder_without_manifests_is_told() -> None:
    write("app/README.md")
    assert refusal("app") == "app: no file in it ends in .yaml, .yml, .json; name a folder with manifests"


def test_a_chart_is_not_read_but_what_helm_makes_of_it() -> None:
    write("shop/Chart.yaml", "shop/values.yaml", "shop/templates/service.yaml", "shop/crds/crd.yaml")
    write("shop/charts/redis/Chart.yaml", "shop/charts/redis/templates/service.yaml")
    found = list(find(["."]))
    assert [each.name for each in found if isinstance(each, File)] == [
        "shop/Chart.yaml",
        "shop/crds/crd.yaml",
        "shop/values.yaml",
    ]
    (missing,) = [each for each in found if isinstance(each, Missing)]
    assert missing.name == "shop"
    assert "`helm template shop | python -m kubecheck -`" in missing.broken.text


def test_a_folder_that_kustomize_puts_together_is_noted_and_what_is_no_object_is_left_out() -> None:
    patches = ["patch.yaml", "patches/replicas.yaml", "json.yaml", "old.yaml", "replacement.yaml"]
    write("app/base/service.yaml", *(f"app/overlay/{patch}" for patch in patches), "app/overlay/ingress.yaml")
    Path("app/overlay/kustomization.yaml").write_text(
        "resources: [ingress.yaml]\npatchesStrategicMerge: [patch.yaml]\npatchesJson6902: [{path: json.yaml}]\n"
        "patches:\n- path: patches/replicas.yaml\n- path: ./old.yaml\n- {patch: '- op: remove', target: {kind: Pod}}\n"
        "replacements: [{path: replacement.yaml}]\n",
        encoding="utf-8",
    )
    found = list(find(["app"]))
    assert [each.name for each in found if isinstance(each, File)] == [
        "app/base/service.yaml",
        "app/overlay/ingress.yaml",
        "app/overlay/kustomization.yaml",
    ]
    command = "`kubectl kustomize app/overlay | python -m kubecheck -`"
    text = "kustomize makes objects of its files, and the patches are left out; check what comes of it: "
    assert notes(found) == [f"app/overlay: {text}{command}"]


@pytest.mark.parametrize("text", ["", "a: [", "patches: x", "patches: [1, {path: 2}, null]", "- a", "\0"])
def test_a_kustomization_of_any_shape_leaves_nothing_out(text: str) -> None:
    write("app/a.yaml")
    Path("app/kustomization.yaml").write_text(text, encoding="utf-8")
    assert [each.name for each in find(["app"]) if isinstance(each, File)] == ["app/a.yaml", "app/kustomization.yaml"]


def test_what_is_piped_in_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b"kind: Service")))
    (found,) = find(["-", "-"])
    assert found == File("stdin", b"kind: Service")


def test_a_closed_standard_input_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert refusal("-") == "stdin: it is closed; pipe manifests in, or name a file"
