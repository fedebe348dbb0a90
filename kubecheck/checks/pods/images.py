"""Images whose name nothing can pull."""

import re
from collections.abc import Iterator

from ...check import Cluster, Finding, check
from ...objects.fields import containers, text, title

# distribution/reference: [HOST[:PORT]/]PATH[:TAG][@DIGEST].
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])"
_REFERENCE = re.compile(
    rf"(?:{_HOST}(?::[0-9]+)?/)?{_COMPONENT}(?:/{_COMPONENT})*(?::\w[\w.-]{{0,127}})?(?:@sha256:[a-f0-9]{{64}}|@sha512:[a-f0-9]{{128}})?",
    re.ASCII,
)

_POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
spec:
  containers:
    - name: web
      image: shop/web:1.0
"""


@check(
    "image-name",
    why="The kubelet cannot read such a name, and the container waits with InvalidImageName (Kubernetes documentation, "
    "Images, Image names).",
    way_out="Write [HOST/]PATH:TAG or [HOST/]PATH@sha256:DIGEST, the path in lower-case letters.",
    bad=_POD.replace("shop/web", "shop/Web"),
    good=_POD,
)
def image_name(cluster: Cluster) -> Iterator[Finding]:
    for o, template in cluster.templates:
        for container in containers(template):
            image = text(container, "image")
            if image and not _REFERENCE.fullmatch(image):
                yield Finding(
                    o,
                    f"{title(o)}: container {text(container, 'name')}: image {image!r} is no name that can be pulled; "
                    "write [HOST/]PATH:TAG or [HOST/]PATH@sha256:DIGEST, the path in lower-case letters",
                )
