"""Waivers that are wrong, or that nobody needs any more.

`kubecheck.waivers` finds them, when everything else was found.
"""

from ..check import Check

_WAY_OUT = "Write the id of a check of docs/checks.md, and why it does not matter for this object."

_CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: app
  namespace: shop
"""
_WAIVED = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: app
  namespace: shop
  annotations:
    waive.kubecheck/plain-credential: The token of a public demo.
data:
  DEMO_TOKEN: abc123
"""

waiver_without_reason = Check(
    id="waiver-without-reason",
    why="Who reads a waiver a year later must see whether it still holds.",
    way_out="Write why the rule does not matter for this object.",
    bad=_WAIVED.replace(" The token of a public demo.", ' ""'),
    good=_WAIVED,
    find=None,
    waivable=False,
)

unknown_check = Check(
    id="unknown-check",
    why="A waiver of a check that there is not waives nothing, and looks as if it did.",
    way_out=_WAY_OUT,
    bad=_WAIVED.replace("plain-credential", "plane-credential"),
    good=_WAIVED,
    find=None,
    waivable=False,
)

unwaivable_check = Check(
    id="unwaivable-check",
    why="Some rules nobody can know better: without what they ask for, the object cannot be applied or read.",
    way_out="Mend the object.",
    bad=_WAIVED.replace("plain-credential", "malformed-object"),
    good=_WAIVED,
    find=None,
    waivable=False,
)

unused_waiver = Check(
    id="unused-waiver",
    why="A waiver that waives nothing would hide the next mistake of its kind.",
    way_out="Take it away.",
    bad=_WAIVED.replace("DEMO_TOKEN: abc123", "COLOUR: green"),
    good=_CONFIG_MAP,
    find=None,
    waivable=False,
)
