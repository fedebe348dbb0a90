"""Manifests that the tests of the program are about."""

POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: api
  namespace: shop
  labels:
    app: api
spec:
  containers:
  - name: api
    image: ghcr.io/shop/api:1.4.2
    ports:
    - name: http
      containerPort: 8000
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: api
  namespace: shop
spec:
  selector:
    app: api
  ports:
  - port: 80
    targetPort: http
"""
GOOD = f"{POD}---\n{SERVICE}"
# Its Service, from line 16 on, selects none of the pods.
BAD = f"{POD}---\n{SERVICE.replace('app: api', 'app: web')}"
NAMESPACE = "---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n"
