"""Whatever an object names, exists: in its namespace, among what is applied together."""

import pytest

from .dist import ENVIRONMENTS, Object, containers, documents, guards, label, matches, of_kind, pod_spec, pod_template
from .dist import workloads as with_pods

every_environment = pytest.mark.parametrize("environment", ENVIRONMENTS)

# What others bring: cert-manager its challenge pods, the cluster its DNS.
FOREIGN_PODS = [{"acme.cert-manager.io/http01-solver": "true"}]


def names(objects: list[Object], kind: str) -> set[str]:
    return {o["metadata"]["name"] for o in of_kind(objects, kind)}


def secrets(objects: list[Object]) -> dict[str, set[str]]:
    """The Secrets that External Secrets will make, with their keys."""
    return {
        o["spec"]["target"]["name"]: {entry["secretKey"] for entry in o["spec"]["data"]}
        for o in of_kind(objects, "ExternalSecret")
    }


def pods_selected(objects: list[Object], selector: dict[str, str]) -> list[Object]:
    return [o for o in with_pods(objects) if matches(selector, pod_template(o)["metadata"]["labels"])]  # type: ignore[index]


@every_environment
def test_secrets_and_config_maps_of_pods_exist(environment: str) -> None:
    objects = documents(environment)
    for o in with_pods(objects):
        for volume in pod_spec(o).get("volumes", []):
            if "secret" in volume:
                assert volume["secret"]["secretName"] in secrets(objects), label(o)
            if "configMap" in volume:
                assert volume["configMap"]["name"] in names(objects, "ConfigMap"), label(o)
        for container in containers(o):
            for source in container.get("envFrom", []):
                if "secretRef" in source:
                    assert source["secretRef"]["name"] in secrets(objects), label(o)
                else:
                    assert source["configMapRef"]["name"] in names(objects, "ConfigMap"), label(o)
            for variable in container.get("env", []):
                assert "valueFrom" not in variable, f"{label(o)}: teach this test what {variable} refers to"


@every_environment
def test_files_that_variables_name_are_keys_of_mounted_secrets(environment: str) -> None:
    objects = documents(environment)
    seen = 0
    for o in with_pods(objects):
        for container in containers(o):
            mounted = {mount["mountPath"] for mount in container.get("volumeMounts", [])}
            for variable in container.get("env", []):
                if variable["value"].startswith("/run/secrets/"):
                    _, _, _, secret, *key = variable["value"].split("/")
                    assert f"/run/secrets/{secret}" in mounted, label(o)
                    assert set(key) <= secrets(objects)[secret], label(o)
                    seen += 1
    assert seen >= 6


@every_environment
def test_variables_that_others_refer_to_come_from_a_secret_of_the_container(environment: str) -> None:
    objects = documents(environment)
    for o in with_pods(objects):
        for container in containers(o):
            sources = [s["secretRef"]["name"] for s in container.get("envFrom", []) if "secretRef" in s]
            keys = {key for source in sources for key in secrets(objects)[source]}
            for variable in container.get("env", []):
                for reference in variable["value"].split("$(")[1:]:
                    assert reference.partition(")")[0] in keys, f"{label(o)}: {variable['name']}"


@every_environment
def test_volume_mounts_name_volumes_and_every_volume_is_mounted(environment: str) -> None:
    for o in with_pods(documents(environment)):
        volumes = [volume["name"] for volume in pod_spec(o).get("volumes", [])]
        mounts = [mount["name"] for container in containers(o) for mount in container.get("volumeMounts", [])]
        assert len(volumes) == len(set(volumes)), label(o)
        assert set(volumes) == set(mounts), label(o)


@every_environment
def test_mount_paths_and_variables_are_unique_in_a_container(environment: str) -> None:
    for o in with_pods(documents(environment)):
        for container in containers(o):
            for entries, key in (("volumeMounts", "mountPath"), ("env", "name")):
                values = [entry[key] for entry in container.get(entries, [])]
                assert len(values) == len(set(values)), label(o)


@every_environment
def test_claims_and_service_accounts_of_pods_exist_and_none_is_left_over(environment: str) -> None:
    objects = documents(environment)
    volumes = [volume for o in with_pods(objects) for volume in pod_spec(o).get("volumes", [])]
    claims = {v["persistentVolumeClaim"]["claimName"] for v in volumes if "persistentVolumeClaim" in v}
    assert claims == names(objects, "PersistentVolumeClaim")
    accounts = {pod_spec(o)["serviceAccountName"] for o in with_pods(objects)}
    assert accounts == names(objects, "ServiceAccount")


@every_environment
def test_config_maps_are_all_used(environment: str) -> None:
    objects = documents(environment)
    sources = [s for o in with_pods(objects) for c in containers(o) for s in c.get("envFrom", [])]
    assert {s["configMapRef"]["name"] for s in sources if "configMapRef" in s} == names(objects, "ConfigMap")


@every_environment
def test_services_select_pods_that_listen_on_their_target_port(environment: str) -> None:
    objects = documents(environment)
    for service in of_kind(objects, "Service"):
        (workload,) = pods_selected(objects, service["spec"]["selector"])
        ports = {port["name"] for container in containers(workload) for port in container["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports


@every_environment
def test_stateful_sets_name_a_headless_service_that_selects_them(environment: str) -> None:
    objects = documents(environment)
    for o in of_kind(objects, "StatefulSet"):
        (service,) = (s for s in of_kind(objects, "Service") if s["metadata"]["name"] == o["spec"]["serviceName"])
        assert service["spec"]["clusterIP"] == "None"
        assert service["spec"]["selector"] == o["spec"]["selector"]["matchLabels"]


@every_environment
def test_probes_ask_ports_that_are_declared(environment: str) -> None:
    for o in with_pods(documents(environment)):
        for container in containers(o):
            ports = {port["name"] for port in container.get("ports", [])}
            for name in ("startupProbe", "readinessProbe", "livenessProbe"):
                probe = container.get(name, {})
                for action in ("httpGet", "tcpSocket"):
                    if action in probe:
                        assert probe[action]["port"] in ports, label(o)
                        assert "host" not in probe[action]


@every_environment
def test_ingresses_lead_to_ports_of_services(environment: str) -> None:
    objects = documents(environment)
    ports = {s["metadata"]["name"]: {p["name"] for p in s["spec"]["ports"]} for s in of_kind(objects, "Service")}
    for ingress in of_kind(objects, "Ingress"):
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                backend = path["backend"]["service"]
                assert backend["port"]["name"] in ports[backend["name"]]


def test_no_two_ingresses_answer_on_one_host_and_path() -> None:
    ingresses = of_kind(documents(*ENVIRONMENTS), "Ingress")
    places = [(r["host"], p["path"]) for i in ingresses for r in i["spec"]["rules"] for p in r["http"]["paths"]]
    assert len(places) == len(set(places))


@every_environment
def test_autoscalers_scale_deployments_that_exist(environment: str) -> None:
    objects = documents(environment)
    for autoscaler in of_kind(objects, "HorizontalPodAutoscaler"):
        target = autoscaler["spec"]["scaleTargetRef"]
        assert (target["apiVersion"], target["kind"]) == ("apps/v1", "Deployment")
        assert target["name"] in names(objects, "Deployment")


@every_environment
def test_budgets_and_policies_select_pods_that_exist(environment: str) -> None:
    objects = documents(environment)
    for budget in of_kind(objects, "PodDisruptionBudget"):
        assert len(pods_selected(objects, budget["spec"]["selector"]["matchLabels"])) == 1, label(budget)
    for policy in of_kind(objects, "NetworkPolicy"):
        selector = policy["spec"]["podSelector"]["matchLabels"]
        assert selector in FOREIGN_PODS or len(pods_selected(objects, selector)) == 1, label(policy)


@every_environment
def test_a_connection_is_open_on_both_sides_or_on_none(environment: str) -> None:
    objects = documents(environment)
    ends: dict[str, set[tuple[str, str, int]]] = {"egress": set(), "ingress": set()}
    for policy in of_kind(objects, "NetworkPolicy"):
        for side, peers in (("egress", "to"), ("ingress", "from")):
            for rule in policy["spec"].get(side, []):
                for peer in rule[peers]:
                    if "namespaceSelector" in peer or "ipBlock" in peer:
                        continue  # the other side is not ours
                    (other,) = pods_selected(objects, peer["podSelector"]["matchLabels"])
                    pair = (policy["metadata"]["name"], other["metadata"]["name"])
                    client, server = pair if side == "egress" else pair[::-1]
                    ends[side] |= {(client, server, port["port"]) for port in rule["ports"]}
    assert ends["egress"] == ends["ingress"] != set()


@every_environment
def test_connections_end_at_ports_that_the_server_listens_on(environment: str) -> None:
    objects = documents(environment)
    for policy in of_kind(objects, "NetworkPolicy"):
        selector = policy["spec"]["podSelector"]["matchLabels"]
        if selector in FOREIGN_PODS:
            continue
        (server,) = pods_selected(objects, selector)
        listening = {port["containerPort"] for c in containers(server) for port in c.get("ports", [])}
        opened = {port["port"] for rule in policy["spec"].get("ingress", []) for port in rule["ports"]}
        assert opened <= listening, label(policy)


@every_environment
def test_external_secrets_name_their_store(environment: str) -> None:
    objects = documents(environment)
    for o in of_kind(objects, "ExternalSecret"):
        assert o["spec"]["secretStoreRef"] == {"kind": "SecretStore", "name": "secret-store"}
    assert names(objects, "SecretStore") == {"secret-store"}


@every_environment
def test_role_bindings_name_roles(environment: str) -> None:
    objects = guards(environment)
    assert {b["roleRef"]["name"] for b in of_kind(objects, "RoleBinding")} == names(objects, "Role")


def test_applications_name_their_project_and_folders_that_exist() -> None:
    objects = documents("argocd")
    for application in of_kind(objects, "Application"):
        assert application["spec"]["project"] in names(objects, "AppProject")
        assert documents(application["spec"]["source"]["path"].removeprefix("dist/"))
