"""docs/checks.md, made from the table of checks."""

from difflib import ndiff
from pathlib import Path

from kubecheck import CHECKS, Check, Cluster, Finding, run
from kubecheck.checks.table import MODULES
from kubecheck.cli.explain import abridged
from kubecheck.reading.files import File
from kubecheck.reading.manifests import read

PAGE = Path(__file__).parents[2] / "docs" / "checks.md"

_INTRODUCTION = """\
# Checks

What is looked for in finished objects, by `synth` and by `python -m kubecheck`. A message ends with the id of its
check, `[dangling-service]`; where it ends with `external`, `public` or `kubernetes`, that is an argument of `synth`
(`target_kubernetes`) and an option of the command line. Below each id stand what goes wrong in the cluster and the way
out, then what the check says about an example, and the example: with the lines marked `-` the check finds something,
with those marked `+` instead no check finds anything. Tests run both.

A person who knows better waives a check for an object, with the reason, by an annotation on the object:

```yaml
metadata:
  annotations:
    waive.kubecheck/probe-port: The image opens the port without declaring it.
```

In Python, `synth(app, waivers=[Waiver("probe-port", "Deployment/shop/legacy", "The image opens …")])` does the same,
for several objects with `*` in KIND/NAMESPACE/NAME. What the API server refuses cannot be waived.

"""


def report(check: Check, text: str) -> list[Finding]:
    """What all checks find in an example of one."""
    manifests = read([File("shop.yaml", text.encode())])
    before = [(Path("shop.yaml"), check.before, manifests.objects)]
    return run(Cluster(objects=manifests.objects, repeated=manifests.repeated, before=before)).findings


def page() -> str:
    return _INTRODUCTION + "".join([*_index(), *map(_section, CHECKS.values())])


def _index() -> list[str]:
    lines = []
    for module in MODULES:
        ids = [check.id for check in vars(module).values() if isinstance(check, Check)]
        subject = (module.__doc__ or "").partition("\n")[0].rstrip(".")
        lines.append(f"- {subject}: {', '.join(f'[{id}](#{id})' for id in ids)}\n")
    return lines


def _section(check: Check) -> str:
    texts = [_text(finding) for finding in report(check, check.bad) if finding.check == check.id]
    before = f"After a run with\n\n{_block('yaml', check.before)}\n" if check.before else ""
    waivable = "" if check.waivable else " It cannot be waived."
    difference = "".join(line for line in ndiff(_lines(check.bad), _lines(check.good)) if not line.startswith("?"))
    return (
        f"\n## {check.id}\n\n{check.why}\n\n{check.way_out}{waivable}\n\n{_block('', chr(10).join(texts))}\n"
        f"{before}{_block('diff', difference)}"
    )


def _text(finding: Finding) -> str:
    return f'{finding.text}: {finding.unless.field} "{finding.unless.entry}"' if finding.unless else finding.text


def _lines(text: str) -> list[str]:
    return abridged(text).splitlines(keepends=True)


def _block(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```\n"
