"""References to variables, and the names that versions take."""

from typing import Any

import pytest

from kubecheck import Cluster, Unseen
from kubecheck.checks.pods.env import undefined_variable, variable_name
from kubecheck.objects.version import Version

from ...given import Object, o, texts, workload

SETTINGS = o("ConfigMap", "settings", data={"LOG_LEVEL": "info", "redis.host": "redis"})
PASSWORD = o("ExternalSecret", "redis", spec={"data": [{"secretKey": "REDIS_PASSWORD"}]})
SERVICE = o("Service", "redis-0", spec={"ports": [{"port": 6379, "name": "redis"}, {"port": 9121, "protocol": "UDP"}]})


def env(**variables: Any) -> list[Object]:
    return [{"name": name, "value": value} for name, value in variables.items()]


def of(kind: str, name: str, prefix: str = "") -> Object:
    return {f"{kind}Ref": {"name": name}, **({"prefix": prefix} if prefix else {})}


def deployment(pod: Any = None, **fields: Any) -> Object:
    return workload(pod={"containers": [{"name": "c", **fields}], **(pod or {})})


def told(*objects: Object) -> list[str]:
    return [text.removeprefix("Deployment a: container c: ") for text in texts(undefined_variable, objects)]


def unseen(*objects: Object) -> list[str]:
    found = undefined_variable.findings(Cluster(objects=[*objects]))
    return [each.text for each in found if isinstance(each, Unseen)]


def test_a_reference_to_no_variable_is_told_with_the_one_that_may_be_meant() -> None:
    variables = env(REDIS_PASSWORD="", REDIS_URL="redis://:$(REDIS_PASWORD)@redis/$(OTHER)")
    assert told(deployment(env=variables)) == [
        "env REDIS_URL refers to $(REDIS_PASWORD), which is no variable there, so the program gets that text; write "
        "$(REDIS_PASSWORD) if that is meant",
        "env REDIS_URL refers to $(OTHER), which is no variable there, so the program gets that text; declare it, or "
        "write $$(OTHER) for the text",
    ]


@pytest.mark.parametrize("field", ["command", "args"])
def test_so_is_one_of_the_command_line(field: str) -> None:
    assert told(deployment(**{field: ["serve", "--url=$(REDIS_URL)"]})) == [
        f"{field} refers to $(REDIS_URL), which is no variable there, so the program gets that text; declare it, or "
        "write $$(REDIS_URL) for the text"
    ]
    assert told(deployment(env=env(REDIS_URL=""), **{field: ["$(REDIS_URL)"]})) == []


def test_the_order_counts_in_env_and_only_there() -> None:
    variables = env(URL="http://$(HOST)", HOST="web", PATH="/opt/bin:$(PATH)")
    assert told(deployment(env=variables, args=["$(URL)", "$(HOST)"])) == [
        "env URL refers to $(HOST), which is no variable there, so the program gets that text; it stands below: move "
        "HOST above URL",
        "env PATH refers to $(PATH), which is no variable there, so the program gets that text; Kubernetes does not "
        "know the image's variables: write the whole value",
    ]
    below = env(URL="http://web:$(WEB_PORT)", WEB_PORT="80")
    assert len(told(deployment(env=below))) == 1, "also where a Service may give one of that name"
    again = [*env(HOST="web", URL="http://$(HOST)"), *env(HOST="$(HOST).shop")]
    assert told(deployment(env=again)) == []


def test_variables_of_config_maps_and_secrets_are_known_by_their_keys() -> None:
    sources = [of("configMap", "settings"), of("secret", "redis", "MY_")]
    right = env(URL="redis://:$(MY_REDIS_PASSWORD)@$(redis.host)", LEVEL="$(LOG_LEVEL)")
    assert told(SETTINGS, PASSWORD, deployment(envFrom=sources, env=right)) == []
    assert told(SETTINGS, PASSWORD, deployment(envFrom=sources, env=env(URL="$(REDIS_PASSWORD)"))) == [
        "env URL refers to $(REDIS_PASSWORD), which is no variable there, so the program gets that text; write "
        "$(MY_REDIS_PASSWORD) if that is meant"
    ]


def test_what_a_source_gives_that_is_not_here_cannot_be_said() -> None:
    found = deployment(envFrom=[of("configMap", "settings"), of("secret", "other")], args=["$(ANY)", "$(LOG_LEVEL)"])
    assert told(SETTINGS, found) == []
    assert unseen(SETTINGS, found) == [
        "Deployment a: container c: the keys of Secret/shop/other are not here, so nothing tells what $(ANY) is"
    ]


@pytest.mark.parametrize(
    "named",
    [
        "REDIS_0_SERVICE_HOST",
        "REDIS_0_SERVICE_PORT",
        "REDIS_0_SERVICE_PORT_REDIS",
        "REDIS_0_PORT",
        "REDIS_0_PORT_6379_TCP_ADDR",
        "REDIS_0_PORT_9121_UDP",
    ],
)
def test_services_give_variables_where_links_are_enabled(named: str) -> None:
    found = deployment(args=[f"$({named})"])
    assert told(SERVICE, found) == unseen(SERVICE, found) == []
    elsewhere = o("Service", "redis-0", namespace="other", spec=SERVICE["spec"])
    headless = o("Service", "redis-0", spec={**SERVICE["spec"], "clusterIP": "None"})
    custom = {**SERVICE, "apiVersion": "serving.knative.dev/v1"}
    for other in (elsewhere, headless, custom):
        assert unseen(other, found) == [
            f"Deployment a: container c: $({named}) is a variable when there is a Service of that name, and none is "
            "here"
        ]
    without = deployment({"enableServiceLinks": False}, args=[f"$({named})"])
    assert len(told(SERVICE, without)) == 1


def test_the_api_server_s_own_address_is_always_there() -> None:
    args = ["https://$(KUBERNETES_SERVICE_HOST):$(KUBERNETES_SERVICE_PORT)", "$(KUBERNETES_PORT_443_TCP_ADDR)"]
    assert told(deployment({"enableServiceLinks": False}, args=args)) == []


@pytest.mark.parametrize(
    "text",
    [
        "$$(NAME)",
        "echo $(date) $(hostname -f) $(cat /etc/hostname)",
        "$(date +%s)",
        "$(NAME",
        "$NAME ${NAME}",
        "$()",
        "$(my-tool)",
        "$(tr A-Z a-z)",
    ],
)
def test_escapes_and_commands_of_a_shell_are_no_references(text: str) -> None:
    assert told(deployment(command=["sh", "-c", text], env=env(DATE="", HOSTNAME_F="", A=text))) == []


def test_a_name_in_small_letters_is_meant_when_it_is_close_to_a_variable() -> None:
    variables = env(redis_host="redis")
    assert len(told(deployment(env=variables, args=["$(redis_hots)"]))) == 1
    assert told(deployment(env=variables, args=["$(redis_hots)"[:7] + ")", "$(other_name)"])) == []


def test_an_exec_probe_gets_plain_values_only() -> None:
    variables = [*env(USER="redis"), {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "redis", "key": "x"}}}]
    probe = {"exec": {"command": ["redis-cli", "$(USER)", "$(PASSWORD)", "$(LOG_LEVEL)", "$(date)"]}}
    found = deployment(envFrom=[of("configMap", "settings")], env=variables, livenessProbe=probe)
    assert told(SETTINGS, found) == [
        "livenessProbe refers to $(PASSWORD), which is empty there, for its value is no plain one; let a shell read "
        'it: sh -c with "$PASSWORD"',
        "livenessProbe refers to $(LOG_LEVEL), and an exec probe gets plain values of env only; let a shell read it: "
        'sh -c with "$LOG_LEVEL"',
    ]


def test_in_a_hook_nothing_is_replaced() -> None:
    hook = {"preStop": {"exec": {"command": ["sh", "-c", "stop $(USER) $(date)"]}}}
    assert told(deployment(env=env(USER="redis"), lifecycle=hook)) == [
        "lifecycle.preStop refers to $(USER), and in a hook nothing is replaced; let a shell read it: sh -c with "
        '"$USER"'
    ]


def test_a_path_of_no_variable_keeps_the_container_from_starting() -> None:
    mount = {"name": "logs", "mountPath": "/logs", "subPathExpr": "$(pod)"}
    assert told(deployment(volumeMounts=[mount])) == [
        "subPathExpr refers to $(pod), which is no variable there, so the container would not start; declare it, or "
        "write $$(pod) for the text"
    ]
    assert told(deployment(env=env(pod="a"), volumeMounts=[mount])) == []


def test_variables_of_another_container_are_not_there() -> None:
    containers = [{"name": "a", "env": env(HOST="web")}, {"name": "b", "args": ["$(HOST)"]}]
    assert len(texts(undefined_variable, [workload(pod={"containers": containers})])) == 1


def test_pods_to_which_an_operator_adds_variables_are_left_alone() -> None:
    service = {**deployment(args=["$(K_SERVICE)"]), "kind": "Service", "apiVersion": "serving.knative.dev/v1"}
    rollout = {**deployment(args=["$(HOST)"]), "kind": "Rollout", "apiVersion": "argoproj.io/v1alpha1"}
    assert texts(undefined_variable, [service]) == []
    assert len(texts(undefined_variable, [rollout])) == 1


@pytest.mark.parametrize(("name", "is_old"), [("lower.case-1", True), ("1ST", False), ("A B", False), ("A/B:C", False)])
def test_since_1_32_a_name_may_be_any_ascii(name: str, is_old: bool) -> None:
    found = [deployment(env=env(**{name: ""}), envFrom=[of("configMap", "settings", name)])]
    assert texts(variable_name, found, kubernetes=lambda _: Version(1, 32)) == []
    told = texts(variable_name, found, kubernetes=lambda _: Version(1, 31))
    assert told == (
        []
        if is_old
        else [
            f"Deployment a: container c: {what} {name!r} is none that Kubernetes 1.31 takes; write letters, digits and "
            "'_', beginning with a letter"
            for what in ("env name", "envFrom prefix")
        ]
    )
