"""What a label selector selects, and why the API server refuses one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubecheck.objects.selectors import LabelIndex, as_text, label_selector, of_labels, selector_problems

BARE: dict[str, str] = {}
WEB = {"app": "web", "tier": "front"}


def expression(key: Any, operator: Any, *values: Any) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": [*values]}]}


@pytest.mark.parametrize(
    ("selector", "labels", "is_selected"),
    [
        ({}, WEB, True),
        ({}, BARE, True),
        (None, WEB, False),
        (None, BARE, False),
        ({"matchLabels": None, "matchExpressions": None}, BARE, True),
        ({"matchLabels": {}, "matchExpressions": []}, BARE, True),
        ({"matchLabels": {"app": "web"}}, WEB, True),
        ({"matchLabels": {"app": "web", "tier": "front"}}, WEB, True),
        ({"matchLabels": {"app": "web", "tier": "back"}}, WEB, False),
        ({"matchLabels": {"app": "web"}}, BARE, False),
        ({"matchLabels": {"app": ""}}, BARE, False),
        ({"matchLabels": {"app": ""}}, {"app": ""}, True),
        (expression("app", "In", "web", "db"), WEB, True),
        (expression("app", "In", "db"), WEB, False),
        (expression("app", "In", "web"), BARE, False),
        (expression("app", "In", ""), BARE, False),
        (expression("app", "NotIn", "web"), WEB, False),
        (expression("app", "NotIn", "db"), WEB, True),
        (expression("app", "NotIn", "web"), BARE, True),
        (expression("app", "NotIn", ""), {"app": ""}, False),
        (expression("app", "Exists"), WEB, True),
        (expression("app", "Exists"), {"app": ""}, True),
        (expression("app", "Exists"), BARE, False),
        (expression("app", "DoesNotExist"), WEB, False),
        (expression("app", "DoesNotExist"), BARE, True),
        ({"matchLabels": {"app": "web"}, **expression("tier", "Exists")}, WEB, True),
        ({"matchLabels": {"app": "web"}, **expression("tier", "DoesNotExist")}, WEB, False),
    ],
)
def test_a_selector_selects_labels_that_meet_all_of_it(
    selector: Any, labels: dict[str, str], is_selected: bool
) -> None:
    assert label_selector(selector).selects(labels) is is_selected


@pytest.mark.parametrize(
    ("selector", "problem"),
    [
        ("app=web", "is 'app=web', which is no selector; write matchLabels or matchExpressions"),
        ({"matchLabels": ["app"]}, "matchLabels is ['app']; write labels and their values"),
        ({"matchExpressions": {}}, "matchExpressions is {}; write a list of key, operator and values"),
        (
            {"matchExpressions": ["app"]},
            "matchExpressions[0] is 'app', which has no key; write key, operator and values",
        ),
        (
            expression(None, "Exists"),
            "matchExpressions[0] is {'key': None, 'operator': 'Exists', 'values': []}, which has no key; write key, "
            "operator and values",
        ),
        (
            expression("app", "in", "web"),
            "matchExpressions[0]: operator is 'in'; write In, NotIn, Exists, DoesNotExist",
        ),
        (expression("app", ["In"]), "matchExpressions[0]: operator is ['In']; write In, NotIn, Exists, DoesNotExist"),
        (expression("app", "In"), "matchExpressions[0]: In needs values; write those that are meant"),
        (expression("app", "NotIn"), "matchExpressions[0]: NotIn needs values; write those that are meant"),
        (
            expression("app", "Exists", "web"),
            "matchExpressions[0]: Exists takes no values; leave out ['web'], or write In or NotIn",
        ),
        (
            expression("app", "DoesNotExist", "web"),
            "matchExpressions[0]: DoesNotExist takes no values; leave out ['web'], or write In or NotIn",
        ),
        (
            {"matchExpressions": [{"key": "app", "operator": "In", "values": "web"}]},
            "matchExpressions[0]: values is 'web'; write a list",
        ),
    ],
)
def test_what_the_api_server_cannot_read_selects_nothing_and_is_told(selector: Any, problem: str) -> None:
    assert not label_selector(selector).selects(WEB)
    assert not label_selector(selector).selects(BARE)
    assert list(selector_problems(selector)) == [problem]


@pytest.mark.parametrize(
    ("selector", "problem"),
    [
        ({"matchLabels": {"-app": "web"}}, "matchLabels: '-app' is not a label's key; write e.g. team or"),
        ({"matchLabels": {"app": "web shop"}}, "matchLabels: app is 'web shop', which is not a label's value"),
        ({"matchLabels": {"app": 1}}, "matchLabels: app is 1, which is not a label's value"),
        (expression("-app", "Exists"), "matchExpressions[0]: '-app' is not a label's key"),
        (expression("app", "In", "web", "-"), "matchExpressions[0]: app is '-', which is not a label's value"),
    ],
)
def test_keys_and_values_have_the_syntax_of_labels(selector: Any, problem: str) -> None:
    (found,) = selector_problems(selector)
    assert found.startswith(problem)


@pytest.mark.parametrize("selector", [None, {}, {"matchLabels": WEB}, expression("app", "Exists")])
def test_what_the_api_server_takes_has_no_problem(selector: Any) -> None:
    assert list(selector_problems(selector)) == []


@pytest.mark.parametrize("labels", [None, {}])
def test_a_service_without_labels_in_its_selector_selects_nothing(labels: Any) -> None:
    assert not of_labels(labels).selects(WEB)
    assert not of_labels(labels).selects(BARE)


def test_labels_that_yaml_reads_as_something_else_are_compared_as_they_were_written() -> None:
    assert as_text({"version": 1, "canary": True, "none": None, 2: "two"}) == {
        "version": "1",
        "canary": "true",
        "none": "",
        "2": "two",
    }
    assert of_labels({"version": 1}).selects({"version": "1"})
    assert label_selector(expression("canary", "In", True)).selects({"canary": "true"})


def test_a_selector_reads_as_kubectl_writes_it() -> None:
    selector = {
        "matchLabels": {"app": "web"},
        "matchExpressions": [
            {"key": "tier", "operator": "In", "values": ["front", "back"]},
            {"key": "tier", "operator": "NotIn", "values": ["test"]},
            {"key": "team", "operator": "Exists"},
            {"key": "old", "operator": "DoesNotExist"},
        ],
    }
    assert str(label_selector(selector)) == "app=web, tier in (back, front), tier notin (test), team, !old"
    assert str(label_selector({})) == "everything"


LABELS = st.dictionaries(st.sampled_from(["app", "tier", "team"]), st.sampled_from(["a", "b", ""]))
EXPRESSIONS = st.one_of(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(["app", "tier", "team"]),
            "operator": st.sampled_from(["In", "NotIn"]),
            "values": st.lists(st.sampled_from(["a", "b", ""]), min_size=1),
        }
    ),
    st.fixed_dictionaries(
        {"key": st.sampled_from(["app", "tier", "team"]), "operator": st.sampled_from(["Exists", "DoesNotExist"])}
    ),
)
SELECTORS = st.fixed_dictionaries({}, optional={"matchLabels": LABELS, "matchExpressions": st.lists(EXPRESSIONS)})


@given(st.lists(LABELS), st.none() | SELECTORS)
def test_an_index_finds_what_the_selector_selects(things: list[dict[str, str]], value: Any) -> None:
    selector = label_selector(value)
    found = LabelIndex((labels, place) for place, labels in enumerate(things)).selected(selector)
    assert list(found) == [place for place, labels in enumerate(things) if selector.selects(labels)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["matchLabels", "matchExpressions", "key", "operator", "values", "app", "In"])
            | st.integers(),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_value_has_an_answer(value: Any) -> None:
    label_selector(value).selects(WEB)
    list(selector_problems(value))
