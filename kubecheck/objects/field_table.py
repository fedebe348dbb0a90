"""The fields of Kubernetes' own objects that people write: their types, and the minor versions that have them.

Taken from the OpenAPI schemas of 1.27 to 1.37, with which a test compares it.
"""

from importlib.resources import files

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

# The file beside this one: a definition, then its fields as NAME:TYPE, with @FIRST or @FIRST-LAST where not every
# version that has the definition has the field; lines that begin with a space go on. Types: s text, i whole number,
# n number, b true or false, q quantity, p number or text, * anything, [T] a list, {T} a mapping of texts to T, or the
# name of a definition, as kinds are.
TABLE = files(__package__).joinpath("field_table.txt").read_text(encoding="utf-8")
