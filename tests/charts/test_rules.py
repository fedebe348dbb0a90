"""DESIGN.md, 'Rules for every object', each on every object of dist/ that it is about."""

import re

import pytest

from kubecheck.evaluators.pod_security import violations
from kubecheck.evaluators.rbac import Authorizer, anyone_of
from kubecheck.objects.version import NEWEST, OLDEST

from .dist import (
    ENVIRONMENTS,
    K8S,
    Object,
    containers,
    documents,
    guards,
    label,
    matches,
    named,
    of_kind,
    pod_spec,
    pod_template,
    quantity,
    workloads,
)

DEPLOYED = documents(*ENVIRONMENTS)
GUARDS = [o for environment in ENVIRONMENTS for o in guards(environment)]
EVERYTHING = [*DEPLOYED, *GUARDS, *documents("argocd", "secrets-template")]
WORKLOADS = workloads(DEPLOYED)
SCALED = of_kind(DEPLOYED, "Deployment")
WEB = [o for o in SCALED if o["metadata"]["labels"][f"{K8S}/component"] == "web"]

every_object = pytest.mark.parametrize("o", EVERYTHING, ids=label)
every_workload = pytest.mark.parametrize("o", WORKLOADS, ids=label)
every_deployment = pytest.mark.parametrize("o", SCALED, ids=label)
every_environment = pytest.mark.parametrize("environment", ENVIRONMENTS)


def beside(o: Object, kind: str) -> list[Object]:
    """The objects of a kind in the same namespace."""
    return [other for other in of_kind(DEPLOYED, kind) if other["metadata"]["namespace"] == o["metadata"]["namespace"]]


# Labels


@every_object
def test_has_the_recommended_labels(o: Object) -> None:
    wanted = {f"{K8S}/{name}" for name in ("name", "instance", "component", "part-of", "managed-by")}
    assert wanted <= o["metadata"]["labels"].keys()


@every_workload
def test_pods_have_the_recommended_labels_of_their_workload(o: Object) -> None:
    template = pod_template(o)
    assert template is not None
    assert template["metadata"]["labels"] == o["metadata"]["labels"]


@pytest.mark.parametrize("o", of_kind(DEPLOYED, "Deployment", "StatefulSet"), ids=label)
def test_selects_by_name_and_component_only(o: Object) -> None:
    labels = o["metadata"]["labels"]
    assert o["spec"]["selector"] == {"matchLabels": {k: labels[k] for k in (f"{K8S}/name", f"{K8S}/component")}}


@pytest.mark.parametrize("o", of_kind(DEPLOYED, "Deployment", "StatefulSet", "CronJob"), ids=label)
def test_no_two_workloads_select_each_other_s_pods(o: Object) -> None:
    selector = {k: o["metadata"]["labels"][k] for k in (f"{K8S}/name", f"{K8S}/component")}
    others = [w for w in WORKLOADS if w["metadata"]["namespace"] == o["metadata"]["namespace"] and w is not o]
    assert not [label(w) for w in others if matches(selector, w["metadata"]["labels"])]


@every_object
def test_has_no_hash_in_its_name(o: Object) -> None:
    assert not re.search(r"-c?[0-9a-f]{8}$", o["metadata"]["name"])


# Pod Security restricted, and what goes beyond it


@every_workload
def test_every_supported_kubernetes_admits_the_pod_as_restricted(o: Object) -> None:
    template = pod_template(o)
    assert template is not None
    assert [violations(template, "restricted", version) for version in (OLDEST, NEWEST)] == [[], []]


@every_workload
def test_pod_runs_as_10001_under_the_runtime_s_own_profile(o: Object) -> None:
    security = pod_spec(o)["securityContext"]
    assert (security["runAsUser"], security["runAsGroup"]) == (10001, 10001)
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}


@every_workload
def test_container_has_no_privileges_and_a_read_only_root(o: Object) -> None:
    for container in containers(o):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        }


@every_workload
def test_writable_folders_are_sized(o: Object) -> None:
    for volume in pod_spec(o).get("volumes", []):
        if "emptyDir" in volume:
            assert quantity(volume["emptyDir"]["sizeLimit"]) > 0


@every_workload
def test_emptydirs_fit_in_the_container_s_limits(o: Object) -> None:
    (container,) = containers(o)
    disk, memory = 0, 0
    for volume in pod_spec(o).get("volumes", []):
        if "emptyDir" in volume:
            size = quantity(volume["emptyDir"]["sizeLimit"])
            if volume["emptyDir"].get("medium") == "Memory":
                memory += size
            else:
                disk += size
    assert disk <= quantity(container["resources"]["limits"]["ephemeral-storage"])
    assert memory < quantity(container["resources"]["limits"]["memory"])


@every_workload
def test_pod_has_its_own_service_account_and_no_token(o: Object) -> None:
    spec = pod_spec(o)
    assert spec["serviceAccountName"] == o["metadata"]["name"]
    assert spec["automountServiceAccountToken"] is False
    (account,) = (a for a in beside(o, "ServiceAccount") if a["metadata"]["name"] == o["metadata"]["name"])
    assert account["automountServiceAccountToken"] is False


@every_workload
def test_services_leave_no_variables_in_the_pod(o: Object) -> None:
    assert pod_spec(o)["enableServiceLinks"] is False


@every_workload
def test_image_is_fixed_and_pulled_accordingly(o: Object) -> None:
    for container in containers(o):
        name, _, digest = container["image"].partition("@")
        tag = name.rpartition(":")[2] if ":" in name else ""
        assert digest or tag not in ("", "latest")
        assert container["imagePullPolicy"] == ("IfNotPresent" if digest else "Always")


# Resources


@every_workload
def test_container_states_requests_and_limits(o: Object) -> None:
    for container in containers(o):
        requests, limits = container["resources"]["requests"], container["resources"]["limits"]
        assert requests.keys() == limits.keys() == {"cpu", "memory", "ephemeral-storage"}
        for resource in requests:
            assert 0 < quantity(requests[resource]) <= quantity(limits[resource])


# Rolling updates lose no request


@every_deployment
def test_rollout_keeps_every_replica(o: Object) -> None:
    assert o["spec"]["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"},
    }
    assert o["spec"]["minReadySeconds"] > 0


@every_deployment
def test_deployment_states_its_replicas_or_has_an_autoscaler_and_never_both(o: Object) -> None:
    scaled = [a["spec"]["scaleTargetRef"]["name"] for a in beside(o, "HorizontalPodAutoscaler")]
    assert ("replicas" in o["spec"]) != (o["metadata"]["name"] in scaled)


@pytest.mark.parametrize("o", WEB, ids=label)
def test_web_pod_pauses_before_it_stops(o: Object) -> None:
    (container,) = containers(o)
    command, pause = container["lifecycle"]["preStop"]["exec"]["command"]
    assert (command, int(pause)) == ("sleep", 10)
    drain = 30
    assert pod_spec(o)["terminationGracePeriodSeconds"] > int(pause) + drain


def test_the_server_stops_within_what_the_grace_period_leaves_it() -> None:
    for environment in ENVIRONMENTS:
        backend = named(documents(environment), "Deployment", "backend")
        (container,) = containers(backend)
        (drain,) = (int(a.partition("=")[2]) for a in container["args"] if a.startswith("--timeout-graceful-shutdown="))
        assert drain + 10 < pod_spec(backend)["terminationGracePeriodSeconds"]


@pytest.mark.parametrize("o", WEB, ids=label)
def test_liveness_asks_something_else_than_readiness(o: Object) -> None:
    (container,) = containers(o)
    path = {name: container[name]["httpGet"]["path"] for name in ("readinessProbe", "livenessProbe", "startupProbe")}
    assert path["livenessProbe"] == path["startupProbe"] != path["readinessProbe"]


@pytest.mark.parametrize("o", WEB, ids=label)
def test_a_busy_process_has_a_minute_for_an_answer_and_ten_seconds_for_each(o: Object) -> None:
    (container,) = containers(o)
    probe = container["livenessProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] >= 60
    assert probe["timeoutSeconds"] >= 10


@pytest.mark.parametrize("o", [w for w in WORKLOADS if w["kind"] != "CronJob"], ids=label)
def test_long_running_pod_has_a_startup_and_a_liveness_probe(o: Object) -> None:
    for container in containers(o):
        assert {"startupProbe", "livenessProbe"} <= container.keys()
        if "ports" in container:
            assert "readinessProbe" in container


@pytest.mark.parametrize("o", of_kind(DEPLOYED, "HorizontalPodAutoscaler"), ids=label)
def test_autoscaler_goes_up_at_once_and_down_a_pod_a_minute(o: Object) -> None:
    behavior = o["spec"]["behavior"]
    assert behavior["scaleUp"]["stabilizationWindowSeconds"] == 0
    assert behavior["scaleDown"]["stabilizationWindowSeconds"] == 300
    assert behavior["scaleDown"]["policies"] == [{"type": "Pods", "value": 1, "periodSeconds": 60}]


# Disruption and spread


@pytest.mark.parametrize("o", of_kind(DEPLOYED, "Deployment", "StatefulSet"), ids=label)
def test_has_a_disruption_budget_that_never_blocks_a_drain(o: Object) -> None:
    (budget,) = (b for b in beside(o, "PodDisruptionBudget") if b["spec"]["selector"] == o["spec"]["selector"])
    assert budget["spec"]["maxUnavailable"] == 1
    assert budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
    assert "minAvailable" not in budget["spec"]


@every_deployment
def test_replicas_are_spread_over_zones_and_nodes_where_possible(o: Object) -> None:
    spec = pod_spec(o)
    assert {c["topologyKey"] for c in spec["topologySpreadConstraints"]} == {
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    }
    for constraint in spec["topologySpreadConstraints"]:
        assert constraint["whenUnsatisfiable"] == "ScheduleAnyway"
        assert constraint["labelSelector"] == o["spec"]["selector"]
        assert constraint["matchLabelKeys"] == ["pod-template-hash"]
    assert list(spec["affinity"]["podAntiAffinity"]) == ["preferredDuringSchedulingIgnoredDuringExecution"]


# Network


@every_environment
def test_everything_is_denied_both_ways_by_default(environment: str) -> None:
    policy = named(guards(environment), "NetworkPolicy", "default-deny")
    assert policy["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@every_workload
def test_pod_has_a_policy_of_its_own_for_both_directions(o: Object) -> None:
    (policy,) = (p for p in beside(o, "NetworkPolicy") if p["metadata"]["name"] == o["metadata"]["name"])
    template = pod_template(o)
    assert template is not None
    assert matches(policy["spec"]["podSelector"]["matchLabels"], template["metadata"]["labels"])
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]


@pytest.mark.parametrize("o", of_kind(DEPLOYED, "NetworkPolicy"), ids=label)
def test_policy_names_peers_and_ports_in_every_rule(o: Object) -> None:
    for side, peers in (("ingress", "from"), ("egress", "to")):
        for rule in o["spec"].get(side, []):
            assert rule[peers]
            assert rule["ports"]
            assert {} not in rule[peers]


@pytest.mark.parametrize("o", of_kind(DEPLOYED, "NetworkPolicy"), ids=label)
def test_policy_opens_no_private_or_link_local_address(o: Object) -> None:
    for rule in o["spec"].get("egress", []):
        for peer in rule["to"]:
            if "ipBlock" in peer:
                assert {"10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"} <= set(
                    peer["ipBlock"]["except"]
                )


@pytest.mark.parametrize("o", of_kind(DEPLOYED, "Service"), ids=label)
def test_service_is_only_reached_from_inside(o: Object) -> None:
    assert o["spec"]["type"] == "ClusterIP"
    assert not {"externalIPs", "externalName", "loadBalancerIP"} & o["spec"].keys()


@pytest.mark.parametrize("o", of_kind(DEPLOYED, "Ingress"), ids=label)
def test_ingress_redirects_to_tls_and_states_its_timeouts(o: Object) -> None:
    annotations = o["metadata"]["annotations"]
    nginx = "nginx.ingress.kubernetes.io"
    assert annotations[f"{nginx}/ssl-redirect"] == annotations[f"{nginx}/force-ssl-redirect"] == "true"
    assert annotations["cert-manager.io/cluster-issuer"] == "letsencrypt"
    for side in ("connect", "read", "send"):
        assert int(annotations[f"{nginx}/proxy-{side}-timeout"]) > 0
    assert not [name for name in annotations if "snippet" in name]


# Data


@pytest.mark.parametrize("o", of_kind([*DEPLOYED, *GUARDS], "PersistentVolumeClaim", "Namespace"), ids=label)
def test_no_sync_prunes_or_deletes_what_holds_data(o: Object) -> None:
    options = o["metadata"]["annotations"]["argocd.argoproj.io/sync-options"]
    assert set(options.split(",")) == {"Prune=false", "Delete=false"}


@pytest.mark.parametrize("o", of_kind(DEPLOYED, "StatefulSet"), ids=label)
def test_datastore_keeps_its_data_on_a_claim_that_is_an_object_of_its_own(o: Object) -> None:
    assert "volumeClaimTemplates" not in o["spec"]
    claims = [v["persistentVolumeClaim"]["claimName"] for v in pod_spec(o)["volumes"] if "persistentVolumeClaim" in v]
    assert claims == [f"{o['metadata']['name']}-pvc"]


# Jobs


@pytest.mark.parametrize("o", of_kind(DEPLOYED, "CronJob"), ids=label)
def test_cron_job_runs_alone_and_ends(o: Object) -> None:
    spec = o["spec"]
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["timeZone"] == "Etc/UTC"
    assert spec["startingDeadlineSeconds"] >= 600
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] > 0
    assert "ttlSecondsAfterFinished" not in spec["jobTemplate"]["spec"]
    assert pod_spec(o)["restartPolicy"] == "Never"


@every_environment
def test_a_folder_holds_only_what_its_deployer_may_write(environment: str) -> None:
    kinds = {o["kind"] for o in documents(environment)}
    guarding = {"Namespace", "ResourceQuota", "LimitRange", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"}
    assert not kinds & {*guarding, "Job", "Pod", "Secret", "ClusterIssuer", "Application"}


# Guards


@every_environment
def test_namespace_enforces_pod_security_restricted(environment: str) -> None:
    labels = named(guards(environment), "Namespace", ENVIRONMENTS[environment])["metadata"]["labels"]
    for mode in ("enforce", "audit", "warn"):
        assert labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"
        assert labels[f"pod-security.kubernetes.io/{mode}-version"] == "latest"


@every_environment
def test_bootstrap_begins_with_the_namespace(environment: str) -> None:
    first, *others = guards(environment)
    assert first["kind"] == "Namespace"
    kinds = {"ResourceQuota", "LimitRange", "NetworkPolicy", "Role", "RoleBinding"}
    assert {o["kind"] for o in others} == kinds


@every_environment
def test_deployers_may_write_each_object_of_their_folder_and_no_guard(environment: str) -> None:
    bound = Authorizer(guards(environment))
    (group,) = named(guards(environment), "RoleBinding", "deployer")["subjects"]
    deployer = anyone_of(group["name"])

    def may(verb: str, group: str, resource: str, name: str = "") -> bool:
        where = ENVIRONMENTS[environment]
        return bound.allows(deployer, verb, resource, group=group, name=name, namespace=where)

    plural = {"Ingress": "ingresses", "NetworkPolicy": "networkpolicies"}
    for o in documents(environment):
        group, _, _ = o["apiVersion"].rpartition("/")
        resource = plural.get(o["kind"], o["kind"].lower() + "s")
        assert may("create", group, resource), f"create {label(o)}"
        for verb in ("get", "patch"):
            assert may(verb, group, resource, o["metadata"]["name"]), f"{verb} {label(o)}"
    assert not may("get", "", "secrets", "backend-secret")
    assert not may("patch", "", "resourcequotas", "quota")
    assert not may("patch", "networking.k8s.io", "networkpolicies", "default-deny")
    assert not may("delete", "networking.k8s.io", "networkpolicies", "default-deny")
    assert not may("delete", "", "persistentvolumeclaims", "postgres-pvc")
    assert may("create", "batch", "jobs")
    assert may("list", "apps", "replicasets")
    for grant in bound.grants(deployer, ENVIRONMENTS[environment]):
        assert "*" not in grant.rule.verbs | grant.rule.groups | grant.rule.resources


@every_environment
def test_viewers_only_read_and_no_secrets(environment: str) -> None:
    for rule in named(guards(environment), "Role", "viewer")["rules"]:
        assert set(rule["verbs"]) == {"get", "list", "watch"}
        assert "secrets" not in rule["resources"]


@every_environment
def test_roles_are_bound_to_groups(environment: str) -> None:
    for binding in of_kind(guards(environment), "RoleBinding"):
        assert binding["roleRef"]["name"] == binding["metadata"]["name"]
        assert {subject["kind"] for subject in binding["subjects"]} == {"Group"}


# Argo CD


def test_argocd_may_write_what_the_folders_hold_and_nothing_else() -> None:
    project = named(documents("argocd"), "AppProject", "revrx")["spec"]
    allowed = {(entry["group"], entry["kind"]) for entry in project["namespaceResourceWhitelist"]}
    assert allowed == {(o["apiVersion"].rpartition("/")[0], o["kind"]) for o in DEPLOYED}
    assert project["clusterResourceWhitelist"] == []
    assert {entry["namespace"] for entry in project["destinations"]} == set(ENVIRONMENTS.values())


@every_environment
def test_an_application_syncs_its_environment_s_folder(environment: str) -> None:
    application = named(documents("argocd"), "Application", f"revrx-{environment}")
    spec = application["spec"]
    assert (spec["project"], spec["source"]["path"]) == ("revrx", f"dist/{environment}")
    assert spec["destination"]["namespace"] == ENVIRONMENTS[environment]
    assert spec["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True}
    assert "finalizers" not in application["metadata"]


@every_environment
def test_a_commit_that_repairs_a_broken_one_does_not_wait_for_its_last_retry(environment: str) -> None:
    application = named(documents("argocd"), "Application", f"revrx-{environment}")
    assert application["spec"]["syncPolicy"]["retry"]["refresh"] is True
