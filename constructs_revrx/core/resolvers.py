"""What the resolvers of an App, `App(resolvers=[…])`, make of an object's values."""

from collections.abc import Sequence
from typing import Any

from cdk8s import ApiObject, IResolver, ResolutionContext

# cdk8s appends as many of its own. They change objects of JavaScript and no plain values.
CDK8S_OWN = 3


def resolved(value: Any, resolvers: Sequence[IResolver], owner: ApiObject, key: tuple[str, ...] = ()) -> Any:
    """As cdk8s does it: what a resolver puts in a value's place is resolved again, and so are the items of a value.

    Some messages to Node for each value, as for a resolver in Python there would be anyway.
    """
    if value is None:
        return None
    is_plain = isinstance(value, str | int | float | list | dict)
    context = ResolutionContext(owner, list(key), value)
    for resolver in resolvers[:-CDK8S_OWN] if is_plain else resolvers:
        resolver.resolve(context)
        if context.replaced:
            return resolved(context.replaced_value, resolvers, owner, key)
    if isinstance(value, list):
        return [resolved(item, resolvers, owner, (*key, str(number))) for number, item in enumerate(value)]
    if isinstance(value, dict):
        return {name: resolved(item, resolvers, owner, (*key, name)) for name, item in value.items()}
    return value
