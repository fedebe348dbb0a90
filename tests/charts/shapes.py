"""How tests/charts/custom_resources.py writes down the fields of an object, and the schema that it stands for.

A mapping is an object with these fields and no other, of which those with `!` must be there; a list is one or more of a
shape; a Value is what has no fields.
"""

from typing import Any, NamedTuple

from .dist import Object

Shape = Any


class Value(dict[str, Any]):
    """A structural schema as it stands: of text, a number, or what else is no object with fields."""


class UpTo(NamedTuple):
    most: int
    shape: Shape


def text(pattern: str, *, most: int = 253) -> Value:
    return Value(type="string", pattern=f"^({pattern})$", minLength=1, maxLength=most)


def one_of(*values: str) -> Value:
    return Value(type="string", enum=list(values))


def number(least: int = 0, most: int = 2**31 - 1) -> Value:
    return Value(type="integer", minimum=least, maximum=most)


TEXT = Value(type="string")
FLAG = Value(type="boolean")
TEXTS = Value(type="object", additionalProperties=TEXT)
ANYTHING = Value(type="object", **{"x-kubernetes-preserve-unknown-fields": True})
"""What users hand through: the schema of the project alone judges it."""


def structural(shape: Shape) -> Object:
    """A shape as a structural schema (Kubernetes documentation, CustomResourceDefinitions)."""
    if isinstance(shape, Value):
        return dict(shape)
    if isinstance(shape, list):
        (item,) = shape
        return {"type": "array", "items": structural(item), "minItems": 1}
    if isinstance(shape, UpTo):
        return {
            "type": "array",
            "items": structural(shape.shape),
            "minItems": min(1, shape.most),
            "maxItems": shape.most,
        }
    return {
        "type": "object",
        "properties": {name.removesuffix("!"): structural(field) for name, field in shape.items()},
        "required": [name.removesuffix("!") for name in shape if name.endswith("!")],
    }
