"""Waivers as users of the library make them: a call that does not fit is told as of any other value."""

from kubecheck import waivers

from ..core.calls import value_object


@value_object(kw_only=False)
class Waiver(waivers.Waiver):
    __doc__ = waivers.Waiver.__doc__
