"""The fields of Kubernetes' own objects that people write: their types, and the minor versions that have them.

Taken from the OpenAPI schemas of 1.27 to 1.37, with which a test compares it.
"""

# The apiVersions whose kinds are in the table.
API_VERSIONS = frozenset(
    {
        "admissionregistration.k8s.io/v1",
        "apps/v1",
        "autoscaling/v2",
        "batch/v1",
        "networking.k8s.io/v1",
        "policy/v1",
        "rbac.authorization.k8s.io/v1",
        "scheduling.k8s.io/v1",
        "storage.k8s.io/v1",
        "v1",
    }
)

# A definition, then its fields as NAME:TYPE, with @FIRST or @FIRST-LAST where not every version that has the definition
# has the field. Types: s text, i whole number, n number, b true or false, q quantity, p number or text, * anything, [T]
# a list, {T} a mapping of texts to T, or the name of a definition, as kinds are.
TABLE = """\
AWSElasticBlockStoreVolumeSource fsType:s partition:i readOnly:b volumeID:s
Affinity nodeAffinity:NodeAffinity podAffinity:PodAffinity podAntiAffinity:PodAntiAffinity
AggregationRule clusterRoleSelectors:[LabelSelector]
AppArmorProfile localhostProfile:s type:s
ApplyConfiguration expression:s
AuditAnnotation key:s valueExpression:s
AzureDiskVolumeSource cachingMode:s diskName:s diskURI:s fsType:s kind:s readOnly:b
AzureFilePersistentVolumeSource readOnly:b secretName:s secretNamespace:s shareName:s
AzureFileVolumeSource readOnly:b secretName:s shareName:s
Binding apiVersion:s kind:s metadata:ObjectMeta target:ObjectReference
CSIDriver apiVersion:s kind:s metadata:ObjectMeta spec:CSIDriverSpec
CSIDriverSpec attachRequired:b fsGroupPolicy:s nodeAllocatableUpdatePeriodSeconds:i@33 podInfoOnMount:b
  preventPodSchedulingIfMissing:b@36 requiresRepublish:b seLinuxMount:b serviceAccountTokenInSecrets:b@35
  storageCapacity:b tokenRequests:[TokenRequest] volumeLifecycleModes:[s]
CSINode apiVersion:s kind:s metadata:ObjectMeta spec:CSINodeSpec status:*@37
CSINodeDriver allocatable:VolumeNodeResources name:s nodeID:s topologyKeys:[s]
CSINodeSpec drivers:[CSINodeDriver]
CSIPersistentVolumeSource controllerExpandSecretRef:SecretReference controllerPublishSecretRef:SecretReference
  driver:s fsType:s nodeExpandSecretRef:SecretReference nodePublishSecretRef:SecretReference
  nodeStageSecretRef:SecretReference readOnly:b volumeAttributes:{s} volumeHandle:s
CSIStorageCapacity apiVersion:s capacity:q kind:s maximumVolumeSize:q metadata:ObjectMeta nodeTopology:LabelSelector
  storageClassName:s
CSIVolumeSource driver:s fsType:s nodePublishSecretRef:LocalObjectReference readOnly:b volumeAttributes:{s}
Capabilities add:[s] drop:[s]
CephFSPersistentVolumeSource monitors:[s] path:s readOnly:b secretFile:s secretRef:SecretReference user:s
CephFSVolumeSource monitors:[s] path:s readOnly:b secretFile:s secretRef:LocalObjectReference user:s
CinderPersistentVolumeSource fsType:s readOnly:b secretRef:SecretReference volumeID:s
CinderVolumeSource fsType:s readOnly:b secretRef:LocalObjectReference volumeID:s
ClaimSource resourceClaimName:s resourceClaimTemplateName:s
ClientIPConfig timeoutSeconds:i
ClusterRole aggregationRule:AggregationRule apiVersion:s kind:s metadata:ObjectMeta rules:[PolicyRule]
ClusterRoleBinding apiVersion:s kind:s metadata:ObjectMeta roleRef:RoleRef subjects:[Subject]
ClusterTrustBundleProjection labelSelector:LabelSelector name:s optional:b path:s signerName:s user:i@37
ComponentCondition error:s message:s status:s type:s
ComponentStatus apiVersion:s conditions:[ComponentCondition] kind:s metadata:ObjectMeta
ConfigMap apiVersion:s binaryData:{s} data:{s} immutable:b kind:s metadata:ObjectMeta
ConfigMapEnvSource name:s optional:b
ConfigMapKeySelector key:s name:s optional:b
ConfigMapNodeConfigSource kubeletConfigKey:s name:s namespace:s resourceVersion:s uid:s
ConfigMapProjection items:[KeyToPath] name:s optional:b
ConfigMapVolumeSource defaultMode:i defaultUser:i@37 items:[KeyToPath] name:s optional:b
Container args:[s] command:[s] env:[EnvVar] envFrom:[EnvFromSource] image:s imagePullPolicy:s lifecycle:Lifecycle
  livenessProbe:Probe name:s ports:[ContainerPort] readinessProbe:Probe resizePolicy:[ContainerResizePolicy]
  resources:ResourceRequirements restartPolicy:s@28 restartPolicyRules:[ContainerRestartRule]@34
  securityContext:SecurityContext startupProbe:Probe stdin:b stdinOnce:b terminationMessagePath:s
  terminationMessagePolicy:s tty:b volumeDevices:[VolumeDevice] volumeMounts:[VolumeMount] workingDir:s
ContainerPort containerPort:i hostIP:s hostPort:i name:s protocol:s
ContainerResizePolicy resourceName:s restartPolicy:s
ContainerResourceMetricSource container:s name:s target:MetricTarget
ContainerRestartRule action:s exitCodes:ContainerRestartRuleOnExitCodes
ContainerRestartRuleOnExitCodes operator:s values:[i]
ControllerRevision apiVersion:s data:* kind:s metadata:ObjectMeta revision:i
CronJob apiVersion:s kind:s metadata:ObjectMeta spec:CronJobSpec status:*
CronJobSpec concurrencyPolicy:s failedJobsHistoryLimit:i jobTemplate:JobTemplateSpec schedule:s
  startingDeadlineSeconds:i successfulJobsHistoryLimit:i suspend:b timeZone:s
CrossVersionObjectReference apiVersion:s kind:s name:s
DaemonSet apiVersion:s kind:s metadata:ObjectMeta spec:DaemonSetSpec status:*
DaemonSetSpec minReadySeconds:i revisionHistoryLimit:i selector:LabelSelector template:PodTemplateSpec
  updateStrategy:DaemonSetUpdateStrategy
DaemonSetUpdateStrategy rollingUpdate:RollingUpdateDaemonSet type:s
DeleteOptions apiVersion:s dryRun:[s] gracePeriodSeconds:i ignoreStoreReadErrorWithClusterBreakingPotential:b@32
  kind:s orphanDependents:b preconditions:Preconditions propagationPolicy:s
Deployment apiVersion:s kind:s metadata:ObjectMeta spec:DeploymentSpec status:*
DeploymentSpec minReadySeconds:i paused:b progressDeadlineSeconds:i replicas:i revisionHistoryLimit:i
  selector:LabelSelector strategy:DeploymentStrategy template:PodTemplateSpec
DeploymentStrategy rollingUpdate:RollingUpdateDeployment type:s
DownwardAPIProjection items:[DownwardAPIVolumeFile]
DownwardAPIVolumeFile fieldRef:ObjectFieldSelector mode:i path:s resourceFieldRef:ResourceFieldSelector user:i@37
DownwardAPIVolumeSource defaultMode:i defaultUser:i@37 items:[DownwardAPIVolumeFile]
EmptyDirVolumeSource medium:s mode:i@37 sizeLimit:q
EndpointAddress hostname:s ip:s nodeName:s targetRef:ObjectReference
EndpointPort appProtocol:s name:s port:i protocol:s
EndpointSubset addresses:[EndpointAddress] notReadyAddresses:[EndpointAddress] ports:[EndpointPort]
Endpoints apiVersion:s kind:s metadata:ObjectMeta subsets:[EndpointSubset]
EnvFromSource configMapRef:ConfigMapEnvSource prefix:s secretRef:SecretEnvSource
EnvVar name:s value:s valueFrom:EnvVarSource
EnvVarSource configMapKeyRef:ConfigMapKeySelector fieldRef:ObjectFieldSelector fileKeyRef:FileKeySelector@34
  resourceFieldRef:ResourceFieldSelector secretKeyRef:SecretKeySelector
EphemeralContainer args:[s] command:[s] env:[EnvVar] envFrom:[EnvFromSource] image:s imagePullPolicy:s
  lifecycle:Lifecycle livenessProbe:Probe name:s ports:[ContainerPort] readinessProbe:Probe
  resizePolicy:[ContainerResizePolicy] resources:ResourceRequirements restartPolicy:s@28
  restartPolicyRules:[ContainerRestartRule]@34 securityContext:SecurityContext startupProbe:Probe stdin:b stdinOnce:b
  targetContainerName:s terminationMessagePath:s terminationMessagePolicy:s tty:b volumeDevices:[VolumeDevice]
  volumeMounts:[VolumeMount] workingDir:s
EphemeralVolumeSource volumeClaimTemplate:PersistentVolumeClaimTemplate
Event action:s apiVersion:s count:i eventTime:s firstTimestamp:s involvedObject:ObjectReference kind:s lastTimestamp:s
  message:s metadata:ObjectMeta reason:s related:ObjectReference reportingComponent:s reportingInstance:s
  series:EventSeries source:EventSource type:s
EventSeries count:i lastObservedTime:s
EventSource component:s host:s
Eviction apiVersion:s deleteOptions:DeleteOptions kind:s metadata:ObjectMeta
EvictionResponder name:s priority:i
ExecAction command:[s]
ExternalMetricSource metric:MetricIdentifier target:MetricTarget
FCVolumeSource fsType:s lun:i readOnly:b targetWWNs:[s] wwids:[s]
FileKeySelector key:s optional:b path:s volumeName:s
FlexPersistentVolumeSource driver:s fsType:s options:{s} readOnly:b secretRef:SecretReference
FlexVolumeSource driver:s fsType:s options:{s} readOnly:b secretRef:LocalObjectReference
FlockerVolumeSource datasetName:s datasetUUID:s
GCEPersistentDiskVolumeSource fsType:s partition:i pdName:s readOnly:b
GRPCAction mode:s@37 port:i service:s
GitRepoVolumeSource directory:s repository:s revision:s
GlusterfsPersistentVolumeSource endpoints:s endpointsNamespace:s path:s readOnly:b
GlusterfsVolumeSource endpoints:s path:s readOnly:b
HPAScalingPolicy periodSeconds:i type:s value:i
HPAScalingRules policies:[HPAScalingPolicy] selectPolicy:s stabilizationWindowSeconds:i tolerance:q@33
HTTPGetAction host:s httpHeaders:[HTTPHeader] path:s port:p protocol:s@37 scheme:s
HTTPHeader name:s value:s
HTTPIngressPath backend:IngressBackend path:s pathType:s
HTTPIngressRuleValue paths:[HTTPIngressPath]
HorizontalPodAutoscaler apiVersion:s kind:s metadata:ObjectMeta spec:HorizontalPodAutoscalerSpec status:*
HorizontalPodAutoscalerBehavior scaleDown:HPAScalingRules scaleUp:HPAScalingRules
HorizontalPodAutoscalerSpec behavior:HorizontalPodAutoscalerBehavior maxReplicas:i metrics:[MetricSpec] minReplicas:i
  scaleTargetRef:CrossVersionObjectReference
HostAlias hostnames:[s] ip:s
HostPathVolumeSource path:s type:s
IPAddress apiVersion:s kind:s metadata:ObjectMeta spec:IPAddressSpec
IPAddressSpec parentRef:ParentReference
IPBlock cidr:s except:[s]
ISCSIPersistentVolumeSource chapAuthDiscovery:b chapAuthSession:b fsType:s initiatorName:s iqn:s iscsiInterface:s
  lun:i portals:[s] readOnly:b secretRef:SecretReference targetPortal:s
ISCSIVolumeSource chapAuthDiscovery:b chapAuthSession:b fsType:s initiatorName:s iqn:s iscsiInterface:s lun:i
  portals:[s] readOnly:b secretRef:LocalObjectReference targetPortal:s
ImageVolumeSource pullPolicy:s reference:s
Ingress apiVersion:s kind:s metadata:ObjectMeta spec:IngressSpec status:*
IngressBackend resource:TypedLocalObjectReference service:IngressServiceBackend
IngressClass apiVersion:s kind:s metadata:ObjectMeta spec:IngressClassSpec
IngressClassParametersReference apiGroup:s kind:s name:s namespace:s scope:s
IngressClassSpec controller:s parameters:IngressClassParametersReference
IngressRule host:s http:HTTPIngressRuleValue
IngressServiceBackend name:s port:ServiceBackendPort
IngressSpec defaultBackend:IngressBackend ingressClassName:s rules:[IngressRule] tls:[IngressTLS]
IngressTLS hosts:[s] secretName:s
JSONPatch expression:s
Job apiVersion:s kind:s metadata:ObjectMeta spec:JobSpec status:*
JobSchedulingConfiguration disruptionMode:WorkloadPodGroupDisruptionMode
  resourceClaims:[WorkloadPodGroupResourceClaim] schedulingConstraints:WorkloadPodGroupSchedulingConstraints
  schedulingPolicy:WorkloadPodGroupSchedulingPolicy
JobSpec activeDeadlineSeconds:i backoffLimit:i backoffLimitPerIndex:i@28 completionMode:s completions:i managedBy:s@30
  manualSelector:b maxFailedIndexes:i@28 parallelism:i podFailurePolicy:PodFailurePolicy podReplacementPolicy:s@28
  scheduling:JobSchedulingConfiguration@37 selector:LabelSelector successPolicy:SuccessPolicy@30 suspend:b
  template:PodTemplateSpec ttlSecondsAfterFinished:i
JobTemplateSpec metadata:ObjectMeta spec:JobSpec
KeyToPath key:s mode:i path:s user:i@37
LabelSelector matchExpressions:[LabelSelectorRequirement] matchLabels:{s}
LabelSelectorRequirement key:s operator:s values:[s]
Lifecycle postStart:LifecycleHandler preStop:LifecycleHandler stopSignal:s@33
LifecycleHandler exec:ExecAction httpGet:HTTPGetAction sleep:SleepAction@29 tcpSocket:TCPSocketAction
LimitRange apiVersion:s kind:s metadata:ObjectMeta spec:LimitRangeSpec
LimitRangeItem default:{q} defaultRequest:{q} max:{q} maxLimitRequestRatio:{q} min:{q} type:s
LimitRangeSpec limits:[LimitRangeItem]
LocalObjectReference name:s
LocalVolumeSource fsType:s path:s
ManagedFieldsEntry apiVersion:s fieldsType:s fieldsV1:* manager:s operation:s subresource:s time:s
MatchCondition expression:s name:s
MatchResources excludeResourceRules:[NamedRuleWithOperations] matchPolicy:s namespaceSelector:LabelSelector
  objectSelector:LabelSelector resourceRules:[NamedRuleWithOperations]
MetricIdentifier name:s selector:LabelSelector
MetricSpec containerResource:ContainerResourceMetricSource external:ExternalMetricSource object:ObjectMetricSource
  pods:PodsMetricSource resource:ResourceMetricSource type:s
MetricTarget averageUtilization:i averageValue:q type:s value:q
MutatingAdmissionPolicy apiVersion:s kind:s metadata:ObjectMeta spec:MutatingAdmissionPolicySpec
MutatingAdmissionPolicyBinding apiVersion:s kind:s metadata:ObjectMeta spec:MutatingAdmissionPolicyBindingSpec
MutatingAdmissionPolicyBindingSpec matchResources:MatchResources paramRef:ParamRef policyName:s
MutatingAdmissionPolicySpec failurePolicy:s matchConditions:[MatchCondition] matchConstraints:MatchResources
  mutations:[Mutation] paramKind:ParamKind reinvocationPolicy:s variables:[Variable]
MutatingWebhook admissionReviewVersions:[s] clientConfig:WebhookClientConfig failurePolicy:s
  matchConditions:[MatchCondition] matchPolicy:s name:s namespaceSelector:LabelSelector objectSelector:LabelSelector
  reinvocationPolicy:s rules:[RuleWithOperations] sideEffects:s timeoutSeconds:i
MutatingWebhookConfiguration apiVersion:s kind:s metadata:ObjectMeta webhooks:[MutatingWebhook]
Mutation applyConfiguration:ApplyConfiguration jsonPatch:JSONPatch patchType:s
NFSVolumeSource path:s readOnly:b server:s
NamedRuleWithOperations apiGroups:[s] apiVersions:[s] operations:[s] resourceNames:[s] resources:[s] scope:s
Namespace apiVersion:s kind:s metadata:ObjectMeta spec:NamespaceSpec status:*
NamespaceSpec finalizers:[s]
NetworkPolicy apiVersion:s kind:s metadata:ObjectMeta spec:NetworkPolicySpec status:*@27-27
NetworkPolicyEgressRule ports:[NetworkPolicyPort] to:[NetworkPolicyPeer]
NetworkPolicyIngressRule from:[NetworkPolicyPeer] ports:[NetworkPolicyPort]
NetworkPolicyPeer ipBlock:IPBlock namespaceSelector:LabelSelector podSelector:LabelSelector
NetworkPolicyPort endPort:i port:p protocol:s
NetworkPolicySpec egress:[NetworkPolicyEgressRule] ingress:[NetworkPolicyIngressRule] podSelector:LabelSelector
  policyTypes:[s]
Node apiVersion:s kind:s metadata:ObjectMeta spec:NodeSpec status:*
NodeAffinity preferredDuringSchedulingIgnoredDuringExecution:[PreferredSchedulingTerm]
  requiredDuringSchedulingIgnoredDuringExecution:NodeSelector
NodeConfigSource configMap:ConfigMapNodeConfigSource
NodePodPreemptionPolicy disableResizePreemption:[s]
NodeSelector nodeSelectorTerms:[NodeSelectorTerm]
NodeSelectorRequirement key:s operator:s values:[s]
NodeSelectorTerm matchExpressions:[NodeSelectorRequirement] matchFields:[NodeSelectorRequirement]
NodeSpec configSource:NodeConfigSource externalID:s podCIDR:s podCIDRs:[s]
  podPreemptionPolicy:NodePodPreemptionPolicy@37 providerID:s taints:[Taint] unschedulable:b
ObjectFieldSelector apiVersion:s fieldPath:s
ObjectMeta annotations:{s} creationTimestamp:s deletionGracePeriodSeconds:i deletionTimestamp:s finalizers:[s]
  generateName:s generation:i labels:{s} managedFields:[ManagedFieldsEntry] name:s namespace:s
  ownerReferences:[OwnerReference] resourceVersion:s selfLink:s uid:s
ObjectMetricSource describedObject:CrossVersionObjectReference metric:MetricIdentifier target:MetricTarget
ObjectReference apiVersion:s fieldPath:s kind:s name:s namespace:s resourceVersion:s uid:s
OwnerReference apiVersion:s blockOwnerDeletion:b controller:b kind:s name:s uid:s
ParamKind apiVersion:s kind:s
ParamRef name:s namespace:s parameterNotFoundAction:s selector:LabelSelector
ParentReference group:s name:s namespace:s resource:s
PersistentVolume apiVersion:s kind:s metadata:ObjectMeta spec:PersistentVolumeSpec status:*
PersistentVolumeClaim apiVersion:s kind:s metadata:ObjectMeta spec:PersistentVolumeClaimSpec status:*
PersistentVolumeClaimSpec accessModes:[s] dataSource:TypedLocalObjectReference dataSourceRef:TypedObjectReference
  resources:VolumeResourceRequirements selector:LabelSelector storageClassName:s volumeAttributesClassName:s@29
  volumeMode:s volumeName:s
PersistentVolumeClaimTemplate metadata:ObjectMeta spec:PersistentVolumeClaimSpec
PersistentVolumeClaimVolumeSource claimName:s readOnly:b
PersistentVolumeSpec accessModes:[s] awsElasticBlockStore:AWSElasticBlockStoreVolumeSource
  azureDisk:AzureDiskVolumeSource azureFile:AzureFilePersistentVolumeSource capacity:{q}
  cephfs:CephFSPersistentVolumeSource cinder:CinderPersistentVolumeSource claimRef:ObjectReference
  csi:CSIPersistentVolumeSource fc:FCVolumeSource flexVolume:FlexPersistentVolumeSource flocker:FlockerVolumeSource
  gcePersistentDisk:GCEPersistentDiskVolumeSource glusterfs:GlusterfsPersistentVolumeSource
  hostPath:HostPathVolumeSource iscsi:ISCSIPersistentVolumeSource local:LocalVolumeSource mountOptions:[s]
  nfs:NFSVolumeSource nodeAffinity:VolumeNodeAffinity persistentVolumeReclaimPolicy:s
  photonPersistentDisk:PhotonPersistentDiskVolumeSource portworxVolume:PortworxVolumeSource
  quobyte:QuobyteVolumeSource rbd:RBDPersistentVolumeSource scaleIO:ScaleIOPersistentVolumeSource storageClassName:s
  storageos:StorageOSPersistentVolumeSource volumeAttributesClassName:s@29 volumeMode:s
  vsphereVolume:VsphereVirtualDiskVolumeSource
PhotonPersistentDiskVolumeSource fsType:s pdID:s
Pod apiVersion:s kind:s metadata:ObjectMeta spec:PodSpec status:*
PodAffinity preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]
  requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]
PodAffinityTerm labelSelector:LabelSelector matchLabelKeys:[s]@29 mismatchLabelKeys:[s]@29
  namespaceSelector:LabelSelector namespaces:[s] topologyKey:s
PodAntiAffinity preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]
  requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]
PodCertificateProjection certificateChainPath:s credentialBundlePath:s keyPath:s keyType:s maxExpirationSeconds:i
  signerName:s user:i@37 userAnnotations:{s}@35
PodDNSConfig nameservers:[s] options:[PodDNSConfigOption] searches:[s]
PodDNSConfigOption name:s value:s
PodDisruptionBudget apiVersion:s kind:s metadata:ObjectMeta spec:PodDisruptionBudgetSpec status:*
PodDisruptionBudgetSpec maxUnavailable:p minAvailable:p selector:LabelSelector unhealthyPodEvictionPolicy:s
PodFailurePolicy rules:[PodFailurePolicyRule]
PodFailurePolicyOnExitCodesRequirement containerName:s operator:s values:[i]
PodFailurePolicyOnPodConditionsPattern status:s type:s
PodFailurePolicyRule action:s onExitCodes:PodFailurePolicyOnExitCodesRequirement
  onPodConditions:[PodFailurePolicyOnPodConditionsPattern]
PodOS name:s
PodReadinessGate conditionType:s
PodResourceClaim name:s resourceClaimName:s@31 resourceClaimTemplateName:s@31 source:ClaimSource@27-30
PodSchedulingGate name:s
PodSchedulingGroup podGroupName:s
PodSecurityContext appArmorProfile:AppArmorProfile@30 fsGroup:i fsGroupChangePolicy:s runAsGroup:i runAsNonRoot:b
  runAsUser:i seLinuxChangePolicy:s@32 seLinuxOptions:SELinuxOptions seccompProfile:SeccompProfile
  supplementalGroups:[i] supplementalGroupsPolicy:s@31 sysctls:[Sysctl] windowsOptions:WindowsSecurityContextOptions
PodSpec activeDeadlineSeconds:i affinity:Affinity automountServiceAccountToken:b containers:[Container]
  dnsConfig:PodDNSConfig dnsPolicy:s enableServiceLinks:b ephemeralContainers:[EphemeralContainer]
  evictionResponders:[EvictionResponder]@37 hostAliases:[HostAlias] hostIPC:b hostNetwork:b hostPID:b hostUsers:b
  hostname:s hostnameOverride:s@34 imagePullSecrets:[LocalObjectReference] initContainers:[Container] nodeName:s
  nodeSelector:{s} os:PodOS overhead:{q} preemptionPolicy:s priority:i priorityClassName:s
  readinessGates:[PodReadinessGate] resourceClaims:[PodResourceClaim] resources:ResourceRequirements@32
  restartPolicy:s runtimeClassName:s schedulerName:s schedulingGates:[PodSchedulingGate]
  schedulingGroup:PodSchedulingGroup@36 securityContext:PodSecurityContext serviceAccount:s serviceAccountName:s
  setHostnameAsFQDN:b shareProcessNamespace:b subdomain:s terminationGracePeriodSeconds:i tolerations:[Toleration]
  topologySpreadConstraints:[TopologySpreadConstraint] volumes:[Volume] workloadRef:WorkloadReference@35-35
PodTemplate apiVersion:s kind:s metadata:ObjectMeta template:PodTemplateSpec
PodTemplateSpec metadata:ObjectMeta spec:PodSpec
PodsMetricSource metric:MetricIdentifier target:MetricTarget
PolicyRule apiGroups:[s] nonResourceURLs:[s] resourceNames:[s] resources:[s] verbs:[s]
PortworxVolumeSource fsType:s readOnly:b volumeID:s
Preconditions resourceVersion:s uid:s
PreferredSchedulingTerm preference:NodeSelectorTerm weight:i
PriorityClass apiVersion:s description:s globalDefault:b kind:s metadata:ObjectMeta preemptionPolicy:s value:i
Probe exec:ExecAction failureThreshold:i grpc:GRPCAction httpGet:HTTPGetAction initialDelaySeconds:i periodSeconds:i
  successThreshold:i tcpSocket:TCPSocketAction terminationGracePeriodSeconds:i timeoutSeconds:i
ProjectedVolumeSource defaultMode:i defaultUser:i@37 sources:[VolumeProjection]
QuobyteVolumeSource group:s readOnly:b registry:s tenant:s user:s volume:s
RBDPersistentVolumeSource fsType:s image:s keyring:s monitors:[s] pool:s readOnly:b secretRef:SecretReference user:s
RBDVolumeSource fsType:s image:s keyring:s monitors:[s] pool:s readOnly:b secretRef:LocalObjectReference user:s
ReplicaSet apiVersion:s kind:s metadata:ObjectMeta spec:ReplicaSetSpec status:*
ReplicaSetSpec minReadySeconds:i replicas:i selector:LabelSelector template:PodTemplateSpec
ReplicationController apiVersion:s kind:s metadata:ObjectMeta spec:ReplicationControllerSpec status:*
ReplicationControllerSpec minReadySeconds:i replicas:i selector:{s} template:PodTemplateSpec
ResourceClaim name:s request:s@31
ResourceFieldSelector containerName:s divisor:q resource:s
ResourceMetricSource name:s target:MetricTarget
ResourceQuota apiVersion:s kind:s metadata:ObjectMeta spec:ResourceQuotaSpec status:*
ResourceQuotaSpec hard:{q} scopeSelector:ScopeSelector scopes:[s]
ResourceRequirements claims:[ResourceClaim] limits:{q} requests:{q}
Role apiVersion:s kind:s metadata:ObjectMeta rules:[PolicyRule]
RoleBinding apiVersion:s kind:s metadata:ObjectMeta roleRef:RoleRef subjects:[Subject]
RoleRef apiGroup:s kind:s name:s
RollingUpdateDaemonSet maxSurge:p maxUnavailable:p
RollingUpdateDeployment maxSurge:p maxUnavailable:p
RollingUpdateStatefulSetStrategy maxUnavailable:p partition:i
RuleWithOperations apiGroups:[s] apiVersions:[s] operations:[s] resources:[s] scope:s
SELinuxOptions level:s role:s type:s user:s
ScaleIOPersistentVolumeSource fsType:s gateway:s protectionDomain:s readOnly:b secretRef:SecretReference sslEnabled:b
  storageMode:s storagePool:s system:s volumeName:s
ScaleIOVolumeSource fsType:s gateway:s protectionDomain:s readOnly:b secretRef:LocalObjectReference sslEnabled:b
  storageMode:s storagePool:s system:s volumeName:s
ScopeSelector matchExpressions:[ScopedResourceSelectorRequirement]
ScopedResourceSelectorRequirement operator:s scopeName:s values:[s]
SeccompProfile localhostProfile:s type:s
Secret apiVersion:s data:{s} immutable:b kind:s metadata:ObjectMeta stringData:{s} type:s
SecretEnvSource name:s optional:b
SecretKeySelector key:s name:s optional:b
SecretProjection items:[KeyToPath] name:s optional:b
SecretReference name:s namespace:s
SecretVolumeSource defaultMode:i defaultUser:i@37 items:[KeyToPath] optional:b secretName:s
SecurityContext allowPrivilegeEscalation:b appArmorProfile:AppArmorProfile@30 capabilities:Capabilities privileged:b
  procMount:s readOnlyRootFilesystem:b runAsGroup:i runAsNonRoot:b runAsUser:i seLinuxOptions:SELinuxOptions
  seccompProfile:SeccompProfile windowsOptions:WindowsSecurityContextOptions
Service apiVersion:s kind:s metadata:ObjectMeta spec:ServiceSpec status:*
ServiceAccount apiVersion:s automountServiceAccountToken:b imagePullSecrets:[LocalObjectReference] kind:s
  metadata:ObjectMeta secrets:[ObjectReference]
ServiceAccountTokenProjection audience:s expirationSeconds:i path:s user:i@37
ServiceBackendPort name:s number:i
ServiceCIDR apiVersion:s kind:s metadata:ObjectMeta spec:ServiceCIDRSpec status:*
ServiceCIDRSpec cidrs:[s]
ServicePort appProtocol:s name:s nodePort:i port:i protocol:s targetPort:p
ServiceReference name:s namespace:s path:s port:i
ServiceSpec allocateLoadBalancerNodePorts:b clusterIP:s clusterIPs:[s] externalIPs:[s] externalName:s
  externalTrafficPolicy:s healthCheckNodePort:i internalTrafficPolicy:s ipFamilies:[s] ipFamilyPolicy:s
  loadBalancerClass:s loadBalancerIP:s loadBalancerSourceRanges:[s] ports:[ServicePort] publishNotReadyAddresses:b
  selector:{s} sessionAffinity:s sessionAffinityConfig:SessionAffinityConfig trafficDistribution:s@30 type:s
SessionAffinityConfig clientIP:ClientIPConfig
SleepAction seconds:i
StatefulSet apiVersion:s kind:s metadata:ObjectMeta spec:StatefulSetSpec status:*
StatefulSetOrdinals start:i
StatefulSetPersistentVolumeClaimRetentionPolicy whenDeleted:s whenScaled:s
StatefulSetSpec minReadySeconds:i ordinals:StatefulSetOrdinals
  persistentVolumeClaimRetentionPolicy:StatefulSetPersistentVolumeClaimRetentionPolicy podManagementPolicy:s
  replicas:i revisionHistoryLimit:i selector:LabelSelector serviceName:s template:PodTemplateSpec
  updateStrategy:StatefulSetUpdateStrategy volumeClaimTemplates:[PersistentVolumeClaim]
StatefulSetUpdateStrategy rollingUpdate:RollingUpdateStatefulSetStrategy type:s
StorageClass allowVolumeExpansion:b allowedTopologies:[TopologySelectorTerm] apiVersion:s kind:s metadata:ObjectMeta
  mountOptions:[s] parameters:{s} provisioner:s reclaimPolicy:s volumeBindingMode:s
StorageOSPersistentVolumeSource fsType:s readOnly:b secretRef:ObjectReference volumeName:s volumeNamespace:s
StorageOSVolumeSource fsType:s readOnly:b secretRef:LocalObjectReference volumeName:s volumeNamespace:s
Subject apiGroup:s kind:s name:s namespace:s
SuccessPolicy rules:[SuccessPolicyRule]
SuccessPolicyRule succeededCount:i succeededIndexes:s
Sysctl name:s value:s
TCPSocketAction host:s port:p
Taint effect:s key:s timeAdded:s value:s
TokenRequest audience:s expirationSeconds:i
Toleration effect:s key:s operator:s tolerationSeconds:i value:s
TopologyConstraint key:s
TopologySelectorLabelRequirement key:s values:[s]
TopologySelectorTerm matchLabelExpressions:[TopologySelectorLabelRequirement]
TopologySpreadConstraint labelSelector:LabelSelector matchLabelKeys:[s] maxSkew:i minDomains:i nodeAffinityPolicy:s
  nodeTaintsPolicy:s topologyKey:s whenUnsatisfiable:s
TypedLocalObjectReference apiGroup:s kind:s name:s
TypedObjectReference apiGroup:s kind:s name:s namespace:s
ValidatingAdmissionPolicy apiVersion:s kind:s metadata:ObjectMeta spec:ValidatingAdmissionPolicySpec status:*
ValidatingAdmissionPolicyBinding apiVersion:s kind:s metadata:ObjectMeta spec:ValidatingAdmissionPolicyBindingSpec
ValidatingAdmissionPolicyBindingSpec matchResources:MatchResources paramRef:ParamRef policyName:s
  validationActions:[s]
ValidatingAdmissionPolicySpec auditAnnotations:[AuditAnnotation] failurePolicy:s matchConditions:[MatchCondition]
  matchConstraints:MatchResources paramKind:ParamKind validations:[Validation] variables:[Variable]
ValidatingWebhook admissionReviewVersions:[s] clientConfig:WebhookClientConfig failurePolicy:s
  matchConditions:[MatchCondition] matchPolicy:s name:s namespaceSelector:LabelSelector objectSelector:LabelSelector
  rules:[RuleWithOperations] sideEffects:s timeoutSeconds:i
ValidatingWebhookConfiguration apiVersion:s kind:s metadata:ObjectMeta webhooks:[ValidatingWebhook]
Validation expression:s message:s messageExpression:s reason:s
Variable expression:s name:s
Volume awsElasticBlockStore:AWSElasticBlockStoreVolumeSource azureDisk:AzureDiskVolumeSource
  azureFile:AzureFileVolumeSource cephfs:CephFSVolumeSource cinder:CinderVolumeSource configMap:ConfigMapVolumeSource
  csi:CSIVolumeSource downwardAPI:DownwardAPIVolumeSource emptyDir:EmptyDirVolumeSource
  ephemeral:EphemeralVolumeSource fc:FCVolumeSource flexVolume:FlexVolumeSource flocker:FlockerVolumeSource
  gcePersistentDisk:GCEPersistentDiskVolumeSource gitRepo:GitRepoVolumeSource glusterfs:GlusterfsVolumeSource
  hostPath:HostPathVolumeSource image:ImageVolumeSource@31 iscsi:ISCSIVolumeSource name:s nfs:NFSVolumeSource
  persistentVolumeClaim:PersistentVolumeClaimVolumeSource photonPersistentDisk:PhotonPersistentDiskVolumeSource
  portworxVolume:PortworxVolumeSource projected:ProjectedVolumeSource quobyte:QuobyteVolumeSource rbd:RBDVolumeSource
  scaleIO:ScaleIOVolumeSource secret:SecretVolumeSource storageos:StorageOSVolumeSource
  vsphereVolume:VsphereVirtualDiskVolumeSource
VolumeAttachment apiVersion:s kind:s metadata:ObjectMeta spec:VolumeAttachmentSpec status:*
VolumeAttachmentSource inlineVolumeSpec:PersistentVolumeSpec persistentVolumeName:s
VolumeAttachmentSpec attacher:s nodeName:s source:VolumeAttachmentSource
VolumeAttributesClass apiVersion:s driverName:s kind:s metadata:ObjectMeta parameters:{s}
VolumeDevice devicePath:s name:s
VolumeMount bindMountOptions:[s]@37 mountPath:s mountPropagation:s name:s readOnly:b recursiveReadOnly:s@30 subPath:s
  subPathExpr:s
VolumeNodeAffinity required:NodeSelector
VolumeNodeResources count:i
VolumeProjection clusterTrustBundle:ClusterTrustBundleProjection@29 configMap:ConfigMapProjection
  downwardAPI:DownwardAPIProjection podCertificate:PodCertificateProjection@34 secret:SecretProjection
  serviceAccountToken:ServiceAccountTokenProjection
VolumeResourceRequirements limits:{q} requests:{q}
VsphereVirtualDiskVolumeSource fsType:s storagePolicyID:s storagePolicyName:s volumePath:s
WebhookClientConfig caBundle:s service:ServiceReference url:s
WeightedPodAffinityTerm podAffinityTerm:PodAffinityTerm weight:i
WindowsSecurityContextOptions gmsaCredentialSpec:s gmsaCredentialSpecName:s hostProcess:b runAsUserName:s
WorkloadPodGroupDisruptionMode all:* single:*
WorkloadPodGroupGangSchedulingPolicy minCount:i
WorkloadPodGroupResourceClaim name:s resourceClaimName:s resourceClaimTemplateName:s
WorkloadPodGroupSchedulingConstraints topology:[TopologyConstraint]
WorkloadPodGroupSchedulingPolicy basic:* gang:WorkloadPodGroupGangSchedulingPolicy
WorkloadReference name:s podGroup:s podGroupReplicaKey:s
"""
