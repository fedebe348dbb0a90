"""ManifestError: every problem at once, grouped by place, as text for whoever is on call."""

import copy
import pickle

import pytest
from constructs_revrx import Autoscaling, Image, ManifestError, Problem, Resources, synth
from cdk8s import App, Chart, YamlOutputType
from constructs import Construct
from constructs_revrx.core.errors import OptionProblem

from ..properties.shop import web_service, worker


def test_problems_are_grouped_by_place_and_sorted() -> None:
    error = ManifestError([Problem("b", "z"), Problem("a", "only"), Problem("b", "y")])
    assert str(error) == "a: 1 problem\n  only\nb: 2 problems\n  y\n  z"


def test_a_problem_found_twice_is_told_once() -> None:
    assert str(ManifestError([Problem("a", "x"), Problem("a", "x")])) == "a: 1 problem\n  x"


def test_problems_can_be_read_by_programs() -> None:
    error = ManifestError(iter([Problem("b", "y"), Problem("a", "x")]))
    assert error.problems == (Problem("a", "x"), Problem("b", "y"))
    assert (error.problems[0].place, error.problems[0].text) == ("a", "x")


def test_a_problem_is_a_line_of_option_text_and_check() -> None:
    assert str(Problem("a", "x is wrong; mend it")) == "x is wrong; mend it"
    assert str(Problem("a", "-1 is negative; give 0", option="replicas")) == "replicas: -1 is negative; give 0"
    assert str(Problem("a", "Service b: selects none", check="dangling-service")).endswith("none [dangling-service]")


def test_an_error_can_be_copied_pickled_and_compared() -> None:
    error = ManifestError([Problem("a", "x", option="replicas", check="probe-port"), Problem("b", "y")])
    for same in (copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):
        assert same == error
        assert hash(same) == hash(error)
        assert str(same) == str(error)
    assert error != ManifestError([Problem("a", "x")])


def test_what_a_construct_says_of_an_option_can_be_copied_and_pickled() -> None:
    problem = OptionProblem("replicas", "-1 is negative")
    for same in (copy.copy(problem), copy.deepcopy(problem), pickle.loads(pickle.dumps(problem))):
        assert (same, same.option, same.text) == ("replicas: -1 is negative", "replicas", "-1 is negative")
    assert problem.at("production/a") == Problem("production/a", "-1 is negative", option="replicas")


@pytest.fixture
def production(tmp_path: object) -> Chart:
    app = App(outdir=str(tmp_path), yaml_output_type=YamlOutputType.FILE_PER_CHART)
    return Chart(app, "production", namespace="shop")


def test_synth_tells_every_problem_of_every_construct_with_its_path(production: Chart) -> None:
    web_service(
        production,
        replicas=Autoscaling(minimum=5, maximum=3),
        resources=Resources(cpu=("1", "1"), memory=("2Gi", "512Mi")),
    )
    worker(Construct(production, "queues"), image=Image("shop/app"), replicas=-1)
    web_service(production, "good")
    with pytest.raises(ManifestError) as caught:
        synth(App.of(production))
    assert str(caught.value) == (
        "production/backend: 2 problems\n"
        "  replicas: minimum 5 exceeds maximum 3; raise maximum or lower minimum\n"
        "  resources: memory request 2Gi exceeds its limit 512Mi; raise the limit or lower the request\n"
        "production/queues/mailer: 2 problems\n"
        "  image: shop/app can change under a running pod; give a version or a digest\n"
        "  replicas: -1 is negative; give 0 to stop the workload"
    )


def test_what_python_prints_names_the_error_and_shows_no_javascript(production: Chart) -> None:
    web_service(production)
    with pytest.raises(ManifestError) as caught:
        web_service(production)
    assert caught.value.__suppress_context__
    assert "    at " not in str(caught.value)


def test_a_nested_construct_of_the_same_id_is_told_with_its_path(production: Chart) -> None:
    below = Construct(production, "shop")
    web_service(below)
    with pytest.raises(ManifestError) as caught:
        web_service(below)
    assert str(caught.value) == (
        "production/shop/backend: 1 problem\n"
        "  id: There is already a Construct with name 'backend' in Construct [shop]; "
        "give each construct of a chart its own id"
    )
