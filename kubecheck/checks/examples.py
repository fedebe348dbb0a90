"""Objects that the examples of several checks begin with."""

# A container's further fields may be put behind it.
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: example.com/web:1.4
"""

POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
spec:
  containers:
    - name: web
      image: shop/web:1.0
      ports:
        - name: http
          containerPort: 8000
      readinessProbe:
        httpGet:
          path: /ready
          port: http
"""

DISRUPTION_BUDGET = """\
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
  namespace: shop
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app: web
"""


def deployment(replicas: int) -> str:
    return DEPLOYMENT.replace("spec:\n", f"spec:\n  replicas: {replicas}\n", 1)
