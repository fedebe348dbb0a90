"""The objects in files, with their places, and what is none."""

import codecs

import pytest

from kubecheck.reading.files import File
from kubecheck.reading.manifests import Manifests, Place, read

SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: api\n"


def named(*texts: str | bytes) -> Manifests:
    """As files that arguments name."""
    return read(File(f"{n}.yaml", text if isinstance(text, bytes) else text.encode()) for n, text in enumerate(texts))


def in_folder(**texts: str) -> Manifests:
    return read(File(f"app/{name}.yaml", text.encode(), "app") for name, text in texts.items())


def names(manifests: Manifests) -> list[str]:
    return [o["metadata"]["name"] for o in manifests.objects]


def places(manifests: Manifests) -> list[Place]:
    return [manifests.places[id(o)] for o in manifests.objects]


def refusals(manifests: Manifests) -> list[str]:
    return [f"{each.file}:{each.line}:{each.column} {each.text}" for each in manifests.unreadable]


def test_each_object_has_its_file_and_line() -> None:
    manifests = named(f"# Source: shop/templates/api.yaml\n{SERVICE}---\n{SERVICE}", SERVICE)
    assert places(manifests) == [
        Place("0.yaml", 2, "shop/templates/api.yaml"),
        Place("0.yaml", 7),
        Place("1.yaml", 1),
    ]
    assert manifests.files == 2
    assert not manifests.unreadable


def test_lists_are_taken_apart_those_in_lists_too() -> None:
    manifests = named(
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n"
        "- apiVersion: apps/v1\n  kind: DeploymentList\n  items:\n  - metadata: {name: b}\n"
        "  - {apiVersion: v1, kind: Pod, metadata: {name: c}}\n- {apiVersion: v1, kind: List, items: []}\n"
    )
    assert [(o["apiVersion"], o["kind"]) for o in manifests.objects] == [
        ("v1", "Service"),
        ("apps/v1", "Deployment"),
        ("v1", "Pod"),
    ]
    assert [place.line for place in places(manifests)] == [4, 10, 11]


def test_what_is_no_object_in_a_list_is_told() -> None:
    manifests = named("kind: List\nitems: [null, text, [], {a: 1}]\n")
    assert refusals(manifests) == [
        "0.yaml:1:0 'null' is no object; write one with apiVersion and kind, or take it out",
        "0.yaml:1:0 'text' is no object; write one with apiVersion and kind, or take it out",
        "0.yaml:2:0 a list is no object; write one with apiVersion and kind, or take it out",
        "0.yaml:2:0 this is no object but holds 'a'; write apiVersion and kind, or take it out",
    ]


def test_a_custom_resource_whose_kind_ends_in_list_is_an_object() -> None:
    assert names(named("apiVersion: example.com/v1\nkind: AllowList\nmetadata: {name: office}\nspec: {}\n")) == [
        "office"
    ]


def test_an_object_that_an_anchor_repeats_is_two() -> None:
    manifests = named("kind: List\nitems:\n- &a {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- *a\n")
    assert names(manifests) == ["a", "a"]
    assert manifests.objects[0] is not manifests.objects[1]


def test_keys_that_stand_twice_are_told_of_their_object() -> None:
    manifests = named(
        f"{SERVICE}  name: web\n", "kind: List\nitems:\n- kind: A\n- kind: B\n  x: 1\n  x: 2\n- kind: C\n"
    )
    assert [(o["kind"], text.partition(", and")[0]) for o, text in manifests.repeated] == [
        ("Service", "Service web: on line 5 'name' stands for the second time"),
        ("B", "B None: on line 6 'x' stands for the second time"),
    ]


@pytest.mark.parametrize("data", ["", "# nothing\n", "---\n---\n", "null\n", b"\xef\xbb\xbf"])
def test_a_file_that_is_named_and_empty_is_told(data: str | bytes) -> None:
    assert refusals(named(data)) == ["0.yaml:0:0 it is empty; find out why, or leave it out"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("text\n", "1:0 'text' is no object; write one with apiVersion and kind, or take it out"),
        ("- a\n", "1:0 a list is no object; write one with apiVersion and kind, or take it out"),
        ("{}\n", "1:0 this is no object but holds nothing; write apiVersion and kind, or take it out"),
        (
            "replicas: 1\nimage: x\n",
            "1:0 this is no object but holds 'replicas', 'image'; write apiVersion and kind, or",
        ),
        ("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n", "1:0 this says what kustomize puts"),
    ],
)
def test_what_is_no_object_in_a_file_that_is_named_is_told_and_the_rest_is_read(text: str, told: str) -> None:
    manifests = named(f"{text}---\n{SERVICE}")
    assert names(manifests) == ["api"]
    (refusal,) = refusals(manifests)
    assert refusal.startswith(f"0.yaml:{told}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
        "replicas: 1\nimage: {tag: x}\n",
        "resources: [a.yaml]\n",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nmetadata: {name: shop}\n",
        "- op: replace\n  path: /spec/replicas\n",
        "apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nnodes: []\n",
        "apiVersion: v1\nkind: Config\nclusters: []\n",
        '{"name": "shop", "version": "1.0.0"}\n',
    ],
)
def test_what_is_plainly_no_manifest_is_left_out_of_a_folder_and_counted(text: str) -> None:
    manifests = in_folder(other=text, service=SERVICE)
    assert manifests.others == ["app/other.yaml"]
    assert names(manifests) == ["api"]
    assert not manifests.unreadable


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: ConfigMap\ndata: {}\n",
        "kind: Deployment\nmetadata: {name: a}\n",
        "apiVersion: apps/v1\nmetadata: {name: a}\nspec: {}\n",
        "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\n",
        "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Pod}]\n",
    ],
)
def test_what_is_meant_as_an_object_is_read_from_a_folder(text: str) -> None:
    assert len(in_folder(one=text).objects) == 1


def test_a_file_in_a_folder_that_has_an_object_is_read_whole() -> None:
    manifests = in_folder(one=f"{SERVICE}---\nreplicas: 1\n")
    assert [each.line for each in manifests.unreadable] == [6]


def test_what_is_broken_in_a_folder_is_told_whatever_it_was_meant_for() -> None:
    assert [each.file for each in in_folder(one="a: [", two=SERVICE).unreadable] == ["app/one.yaml"]


def test_a_folder_without_an_object_is_told() -> None:
    assert refusals(in_folder(values="replicas: 1\n", empty="")) == [
        "app:0:0 no file in it holds an object, which has apiVersion and kind; name a folder with manifests"
    ]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8"])
def test_with_a_byte_order_mark(encoding: str) -> None:
    marks = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE, "utf-8": codecs.BOM_UTF8}
    assert names(named(marks[encoding] + SERVICE.replace("api\n", "é😀\n").encode(encoding))) == ["é😀"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (SERVICE.encode() + b"# caf\xe9\n", "5:6 byte 0xe9 is no UTF-8; save the file as UTF-8"),
        (b"\xff\xfea", "1:3 byte 0x61 is no UTF-16-LE; save the file as UTF-8"),
        (b"\x7fELF\0\0\xff", "0:0 this is binary, no text; name a file in YAML or JSON, in UTF-8"),
        (SERVICE.encode("utf-16-le"), "0:0 this is binary, no text; name a file in YAML or JSON, in UTF-8"),
    ],
)
def test_what_is_no_text_is_told(data: bytes, told: str) -> None:
    assert refusals(named(data)) == [f"0.yaml:{told}"]
