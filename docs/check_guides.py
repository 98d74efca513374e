"""Guides whoever extends the harness: says what is missing of a fault, a rule, a target, a defect or a scenario.

python docs/check_guides.py    print a sentence for each thing that is missing, and fail if there is one

It looks at the catalogues, so what is in no list cannot be seen there: the files beside them are looked through too.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from deadair.faults.catalogue import FAULTS
from deadair.faults.fault import Fault, Setting
from deadair.injectors.catalogue import entry_of
from deadair.injectors.injector import Break
from deadair.injectors.injector_entry import InjectorEntry
from deadair.model.place import Place
from deadair.model.verdict import Verdict
from deadair.reference.defects.catalogue import DEFECTS, NAMES, PROFILES
from deadair.reference.defects.defect import Defect
from deadair.rules.catalogue import RULES
from deadair.rules.evidence import Evidence
from deadair.rules.rule import Rule
from deadair.scenario.load import load
from deadair.scenario.model import Scenario
from deadair.scenario.shipped import shipped
from deadair.targets.catalogue import TARGETS

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = "harness/deadair"
FIELDS_PAGE = "docs/scenarios.md"
RULES_PAGE = "docs/rules.md"
VIOLATIONS_FILE = "tests/histories/violations.py"
HELD_TO_A_DEFECT = ("smoke/", "gate/", "own/", "nights/")
"""Folders of scenarios that must each catch something. An incident as it was is there to be looked at."""
NEVER_FAILS = "noop"
"""The one rule that judges nothing."""
SAMPLES: Sequence[object] = (1, "90s", 0.5, "word")
"""What is tried for a knob that has no default."""
SETTING = Setting(cohorts=("rest",), outer_links=frozenset(), base_requests_per_s=1.0, lasts_s=60.0)
LISTS = {
    "faults": (r'^    kind: Literal\["(\w+)"\]', "FAULTS"),
    "rules": (r'^    kind: Literal\["(\w+)"\]', "RULES"),
    "targets": (r'^    name = "(\w+)"', "TARGETS"),
    "reference/defects": (r'^    name="([\w-]+)"', "DEFECTS"),
}
"""For each folder with a catalogue, how a file in it names what it holds, and the catalogue's list."""


def of_faults(faults: Iterable[type[Fault]], find: Callable[[Break], InjectorEntry | None], page: str) -> Iterator[str]:
    """Yield what faults lack. ``page``: the text of docs/scenarios.md."""
    for fault in faults:
        kind = _kind(fault)
        for broken in _sample(fault).breaks(Place("gateway"), SETTING):
            if find(broken) is None:
                yield (
                    f"Fault `{kind}` has no injector: nothing in {PACKAGE}/injectors/catalogue.py can do"
                    f" `{broken.action}` as `{broken.injector}`; add an injector to INJECTORS there."
                )
        if f"| fault `{kind}` |" not in page:
            yield f"Fault `{kind}` has no row in {FIELDS_PAGE}: run `make docs`."


def of_rules(
    rules: Iterable[type[Rule]], violations: Mapping[str, Evidence], sections: str, page: str
) -> Iterator[str]:
    """Yield what rules lack. ``sections``: the text of docs/rules.md; ``page``: that of docs/scenarios.md."""
    for rule in rules:
        kind = _kind(rule)
        if f"\n### `{kind}`\n" not in sections:
            yield (
                f"Rule `{kind}` has no text in {RULES_PAGE}: write a section there with the heading"
                f" ### `{kind}` that says what is held, violated, excused and in doubt."
            )
        if f"| check `{kind}` |" not in page:
            yield f"Rule `{kind}` has no row in {FIELDS_PAGE}: run `make docs`."
        if kind == NEVER_FAILS:
            continue
        if kind not in violations:
            yield (
                f"Rule `{kind}` has no history in which it fails: add the smallest one to VIOLATIONS in"
                f" {VIOLATIONS_FILE}."
            )
        elif (verdict := rule().judge(violations[kind]).verdict) is not Verdict.FAIL:
            yield (
                f"Rule `{kind}` says {verdict} of its history in {VIOLATIONS_FILE}: write one there in which it fails,"
                f" or mend the rule."
            )


def of_defects(defects: Iterable[Defect], scenarios: Mapping[str, Scenario]) -> Iterator[str]:
    """Yield what defects lack. ``scenarios``: those that ship, by name."""
    for defect in defects:
        where = f"in {PACKAGE}/reference/defects/{defect.name.replace('-', '_')}.py"
        if not defect.caught:
            yield (
                f"Defect `{defect.name}` has no scenario that catches it: name one as its `caught` {where},"
                f" and the rule that is violated there."
            )
        for catch in defect.caught:
            if catch.scenario not in scenarios:
                yield (
                    f"Defect `{defect.name}` has no scenario that catches it: there is no"
                    f" scenarios/{catch.scenario}.yaml; write it, or name another as its `caught` {where}."
                )
            elif catch.rule not in {_kind(type(check)) for check in scenarios[catch.scenario].checks}:
                yield (
                    f"Defect `{defect.name}` has no scenario that catches it: scenarios/{catch.scenario}.yaml does not"
                    f" check `{catch.rule}`; add the check, or name another rule as its `caught` {where}."
                )


def of_scenarios(names: Iterable[str], held: Collection[str]) -> Iterator[str]:
    """Yield what scenarios lack. ``held``: those that a defect or a profile names."""
    for name in names:
        if name.startswith(HELD_TO_A_DEFECT) and name not in held:
            yield (
                f"Scenario `{name}` catches no defect: name it in the `caught` of one, in {PACKAGE}/reference/defects/."
            )


def of_files(folder: str, files: Mapping[str, str], listed: Collection[str]) -> Iterator[str]:
    """Yield the files of a folder that hold what its catalogue does not list. ``files``: their texts, by name."""
    pattern, catalogue = LISTS[folder]
    for name, text in files.items():
        for kind in re.findall(pattern, text, re.MULTILINE):
            if kind not in listed:
                yield (
                    f"{PACKAGE}/{folder}/{name} has `{kind}`, which is in no list: add it to {catalogue}"
                    f" in {PACKAGE}/{folder}/catalogue.py."
                )


def _kind(model: type[BaseModel]) -> str:
    return str(model.model_fields["kind"].default)


def _sample(fault: type[Fault]) -> Fault:
    """Return a fault of this kind, with a value for each knob that needs one. Raises ValidationError if none fits."""
    needed = {name: field for name, field in fault.model_fields.items() if field.is_required()}
    return fault.model_validate({name: _fitting(field) for name, field in needed.items()})


def _fitting(field: FieldInfo) -> object:
    annotation: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    adapter: TypeAdapter[object] = TypeAdapter(annotation)
    for sample in SAMPLES:
        try:
            adapter.validate_python(sample)
        except ValidationError:
            continue
        return sample
    return SAMPLES[-1]


def gaps() -> Iterator[str]:
    """Yield a sentence for each thing that is missing in this repository."""
    sys.path.insert(0, str(REPOSITORY))
    from tests.histories.violations import VIOLATIONS  # noqa: PLC0415 - found only from the repository

    page = (REPOSITORY / FIELDS_PAGE).read_text(encoding="utf-8")
    sections = (REPOSITORY / RULES_PAGE).read_text(encoding="utf-8")
    yield from of_faults(FAULTS, entry_of, page)
    yield from of_rules(RULES, VIOLATIONS, sections, page)
    yield from of_defects(DEFECTS, {name: load(path) for name, path in shipped().items()})
    caught = {catch.scenario for defect in DEFECTS for catch in defect.caught}
    yield from of_scenarios(shipped(), caught | {catch.scenario for catch in PROFILES.values()})
    listed: Mapping[str, Collection[str]] = {
        "faults": {_kind(fault) for fault in FAULTS},
        "rules": {_kind(rule) for rule in RULES},
        "targets": TARGETS,
        "reference/defects": NAMES,
    }
    for folder, kinds in listed.items():
        files = sorted((REPOSITORY / PACKAGE / folder).glob("*.py"))
        yield from of_files(folder, {path.name: path.read_text(encoding="utf-8") for path in files}, kinds)


def main() -> int:
    """Print what is missing; return an exit code."""
    missing = list(gaps())
    sys.stderr.write("".join(f"{sentence}\n" for sentence in missing))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
