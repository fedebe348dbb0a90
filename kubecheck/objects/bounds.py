"""Fields that take one of a few words, or a number within bounds, and nothing else.

Of Kubernetes 1.37, which takes what every older version takes: whether an older one does is the matter of versions.
Source: Kubernetes API reference; pkg/apis, validation of each kind.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

ACCESS_MODES = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")

# Where, the field, and its words. Where: `pod` is a pod's spec, `container` a container, otherwise GROUP/KIND. In a
# field's path `*` is each entry of a list, or each value of a mapping.
_WORDS = """
pod restartPolicy Always OnFailure Never
pod dnsPolicy ClusterFirst ClusterFirstWithHostNet Default None
pod preemptionPolicy PreemptLowerPriority Never
pod os.name linux windows
pod securityContext.fsGroupChangePolicy OnRootMismatch Always
pod securityContext.seccompProfile.type RuntimeDefault Localhost Unconfined
pod tolerations.*.effect NoSchedule PreferNoSchedule NoExecute
pod tolerations.*.operator Equal Exists Lt Gt
pod topologySpreadConstraints.*.whenUnsatisfiable DoNotSchedule ScheduleAnyway
pod topologySpreadConstraints.*.nodeAffinityPolicy Honor Ignore
pod topologySpreadConstraints.*.nodeTaintsPolicy Honor Ignore
pod volumes.*.hostPath.type DirectoryOrCreate Directory FileOrCreate File Socket CharDevice BlockDevice
pod volumes.*.ephemeral.volumeClaimTemplate.spec.accessModes.* @MODES
pod volumes.*.ephemeral.volumeClaimTemplate.spec.volumeMode Filesystem Block
container imagePullPolicy Always IfNotPresent Never
container restartPolicy Always OnFailure Never
container terminationMessagePolicy File FallbackToLogsOnError
container ports.*.protocol TCP UDP SCTP
container securityContext.procMount Default Unmasked
container securityContext.seccompProfile.type RuntimeDefault Localhost Unconfined
container volumeMounts.*.mountPropagation None HostToContainer Bidirectional
container volumeMounts.*.recursiveReadOnly Disabled IfPossible Enabled
container startupProbe.httpGet.scheme HTTP HTTPS
container readinessProbe.httpGet.scheme HTTP HTTPS
container livenessProbe.httpGet.scheme HTTP HTTPS
container lifecycle.*.httpGet.scheme HTTP HTTPS
/Service spec.type ClusterIP NodePort LoadBalancer ExternalName
/Service spec.ports.*.protocol TCP UDP SCTP
/Service spec.sessionAffinity None ClientIP
/Service spec.externalTrafficPolicy Cluster Local
/Service spec.internalTrafficPolicy Cluster Local
/Service spec.trafficDistribution PreferClose PreferSameZone PreferSameNode
/Service spec.ipFamilyPolicy SingleStack PreferDualStack RequireDualStack
/Service spec.ipFamilies.* IPv4 IPv6
/PersistentVolumeClaim spec.accessModes.* @MODES
/PersistentVolumeClaim spec.volumeMode Filesystem Block
/PersistentVolume spec.accessModes.* @MODES
/PersistentVolume spec.volumeMode Filesystem Block
/PersistentVolume spec.persistentVolumeReclaimPolicy Retain Delete Recycle
apps/Deployment spec.strategy.type RollingUpdate Recreate
apps/DaemonSet spec.updateStrategy.type RollingUpdate OnDelete
apps/StatefulSet spec.updateStrategy.type RollingUpdate OnDelete
apps/StatefulSet spec.podManagementPolicy OrderedReady Parallel
apps/StatefulSet spec.persistentVolumeClaimRetentionPolicy.* Retain Delete
apps/StatefulSet spec.volumeClaimTemplates.*.spec.accessModes.* @MODES
apps/StatefulSet spec.volumeClaimTemplates.*.spec.volumeMode Filesystem Block
batch/Job spec.completionMode NonIndexed Indexed
batch/Job spec.podReplacementPolicy TerminatingOrFailed Failed
batch/Job spec.podFailurePolicy.rules.*.action FailJob FailIndex Ignore Count
batch/Job spec.podFailurePolicy.rules.*.onExitCodes.operator In NotIn
batch/CronJob spec.concurrencyPolicy Allow Forbid Replace
batch/CronJob spec.jobTemplate.spec.completionMode NonIndexed Indexed
batch/CronJob spec.jobTemplate.spec.podReplacementPolicy TerminatingOrFailed Failed
batch/CronJob spec.jobTemplate.spec.podFailurePolicy.rules.*.action FailJob FailIndex Ignore Count
batch/CronJob spec.jobTemplate.spec.podFailurePolicy.rules.*.onExitCodes.operator In NotIn
networking.k8s.io/Ingress spec.rules.*.http.paths.*.pathType Exact Prefix ImplementationSpecific
networking.k8s.io/NetworkPolicy spec.policyTypes.* Ingress Egress
networking.k8s.io/NetworkPolicy spec.ingress.*.ports.*.protocol TCP UDP SCTP
networking.k8s.io/NetworkPolicy spec.egress.*.ports.*.protocol TCP UDP SCTP
policy/PodDisruptionBudget spec.unhealthyPodEvictionPolicy IfHealthyBudget AlwaysAllow
autoscaling/HorizontalPodAutoscaler spec.metrics.*.type Resource ContainerResource Pods Object External
autoscaling/HorizontalPodAutoscaler spec.behavior.*.selectPolicy Max Min Disabled
autoscaling/HorizontalPodAutoscaler spec.behavior.*.policies.*.type Pods Percent
rbac.authorization.k8s.io/RoleBinding roleRef.kind Role ClusterRole
rbac.authorization.k8s.io/RoleBinding subjects.*.kind User Group ServiceAccount
rbac.authorization.k8s.io/ClusterRoleBinding roleRef.kind ClusterRole
rbac.authorization.k8s.io/ClusterRoleBinding subjects.*.kind User Group ServiceAccount
storage.k8s.io/StorageClass reclaimPolicy Retain Delete
storage.k8s.io/StorageClass volumeBindingMode Immediate WaitForFirstConsumer
"""

# Where, the field, its smallest number and, where it is not that of 32 bits, its largest.
_NUMBERS = """
pod activeDeadlineSeconds 1
pod securityContext.fsGroup 0
pod securityContext.runAsGroup 0
pod securityContext.runAsUser 0
pod topologySpreadConstraints.*.maxSkew 1
pod topologySpreadConstraints.*.minDomains 1
pod affinity.*.preferredDuringSchedulingIgnoredDuringExecution.*.weight 1 100
pod volumes.*.projected.sources.*.serviceAccountToken.expirationSeconds 600 4294967296
container securityContext.runAsGroup 0
container securityContext.runAsUser 0
container startupProbe.initialDelaySeconds 0
container startupProbe.timeoutSeconds 0
container startupProbe.periodSeconds 0
container startupProbe.failureThreshold 0
container startupProbe.terminationGracePeriodSeconds 1
container readinessProbe.initialDelaySeconds 0
container readinessProbe.timeoutSeconds 0
container readinessProbe.periodSeconds 0
container readinessProbe.successThreshold 0
container readinessProbe.failureThreshold 0
container livenessProbe.initialDelaySeconds 0
container livenessProbe.timeoutSeconds 0
container livenessProbe.periodSeconds 0
container livenessProbe.failureThreshold 0
container livenessProbe.terminationGracePeriodSeconds 1
container lifecycle.*.sleep.seconds 0
/Service spec.ports.*.nodePort 0 65535
/Service spec.sessionAffinityConfig.clientIP.timeoutSeconds 1 86400
/ReplicationController spec.replicas 0
apps/Deployment spec.replicas 0
apps/Deployment spec.minReadySeconds 0
apps/Deployment spec.revisionHistoryLimit 0
apps/Deployment spec.progressDeadlineSeconds 0
apps/ReplicaSet spec.replicas 0
apps/ReplicaSet spec.minReadySeconds 0
apps/DaemonSet spec.minReadySeconds 0
apps/DaemonSet spec.revisionHistoryLimit 0
apps/StatefulSet spec.replicas 0
apps/StatefulSet spec.minReadySeconds 0
apps/StatefulSet spec.updateStrategy.rollingUpdate.partition 0
apps/StatefulSet spec.ordinals.start 0
batch/Job spec.parallelism 0
batch/Job spec.completions 0
batch/Job spec.activeDeadlineSeconds 0
batch/Job spec.backoffLimit 0
batch/Job spec.ttlSecondsAfterFinished 0
batch/CronJob spec.startingDeadlineSeconds 0 9223372036854775807
batch/CronJob spec.successfulJobsHistoryLimit 0
batch/CronJob spec.failedJobsHistoryLimit 0
batch/CronJob spec.jobTemplate.spec.parallelism 0
batch/CronJob spec.jobTemplate.spec.completions 0
batch/CronJob spec.jobTemplate.spec.activeDeadlineSeconds 0
batch/CronJob spec.jobTemplate.spec.backoffLimit 0
batch/CronJob spec.jobTemplate.spec.ttlSecondsAfterFinished 0
autoscaling/HorizontalPodAutoscaler spec.minReplicas 0
autoscaling/HorizontalPodAutoscaler spec.maxReplicas 1
autoscaling/HorizontalPodAutoscaler spec.metrics.*.*.target.averageUtilization 1
autoscaling/HorizontalPodAutoscaler spec.behavior.*.stabilizationWindowSeconds 0 3600
autoscaling/HorizontalPodAutoscaler spec.behavior.*.policies.*.value 1
autoscaling/HorizontalPodAutoscaler spec.behavior.*.policies.*.periodSeconds 1 1800
"""
_LARGEST = 2**31 - 1


class Numbers(NamedTuple):
    """The smallest and the largest number that a field takes."""

    first: int
    last: int


Bounds = Sequence[str] | Numbers
# By the next key of a path: what is bounded below it, or the bounds.
Fields = Mapping[str, "Fields | Bounds"]


@cache
def words() -> Mapping[str, Fields]:
    """By where, as in `_WORDS`, the words that fields take."""
    return _fields(_WORDS.replace("@MODES", " ".join(ACCESS_MODES)), tuple)


@cache
def numbers() -> Mapping[str, Fields]:
    """By where, as in `_NUMBERS`, the numbers that fields take."""
    return _fields(_NUMBERS, lambda bounds: Numbers(int(bounds[0]), int(bounds[1]) if bounds[1:] else _LARGEST))


def _fields(table: str, bounds: Callable[[list[str]], Bounds]) -> Mapping[str, Fields]:
    found: dict[str, Any] = {}
    for line in table.strip().splitlines():
        where, path, *rest = line.split()
        *above, last = where, *path.split(".")
        fields = found
        for key in above:
            fields = fields.setdefault(key, {})
        fields[last] = bounds(rest)
    return found


def values(value: Any, fields: "Fields | Bounds", place: str = "") -> Iterator[tuple[str, Any, Bounds]]:
    """What stands in bounded fields: its place, `spec.ports[0].protocol`, the value and the bounds."""
    if not isinstance(fields, Mapping):
        yield place, value, fields
    elif isinstance(value, dict):
        for key, inner in value.items():
            if (below := fields.get(key, fields.get("*"))) is not None:
                yield from values(inner, below, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list) and (below := fields.get("*")) is not None:
        for number, inner in enumerate(value):
            yield from values(inner, below, f"{place}[{number}]")
