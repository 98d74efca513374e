"""Where the two oracles meet: the harness's evidence as plain data, and both verdicts of a rule side by side.

The only file of this folder, beside the tests, that knows the harness's rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from importlib import import_module
from pathlib import Path as File
from typing import Any
from unittest.mock import patch

from deadair.model.duration import in_us
from deadair.model.judgement import Finding
from deadair.rules import cases
from deadair.rules.catalogue import RULES
from deadair.rules.evidence import Evidence
from deadair.rules.rule import Rule, kind_of
from tests.oracle.cases import Verdict
from tests.oracle.seen import MINUTE_US, Doubt, Fault, Path, Phone, Seen, Way

RULES_AGAIN = File(__file__).parent / "rules"

ORACLES: Mapping[str, Callable[[Seen, dict[str, Any]], Verdict]] = {
    path.stem: import_module(f"tests.oracle.rules.{path.stem}").judge
    for path in sorted(RULES_AGAIN.glob("*.py"))
    if path.stem != "__init__"
}
"""By the rule's kind: its file's name. There is one for each rule but ``noop``, which judges nothing."""

EVERY_RULE: tuple[Rule, ...] = tuple(rule() for rule in RULES if kind_of(rule()) in ORACLES)


def seen_of(evidence: Evidence) -> Seen:
    """Return what the rules judge from, as plain data."""
    way, moments = evidence.reading_way, evidence.moments
    assert way is not None
    return Seen(
        rows=tuple(evidence.history.rows.iter_rows(named=True)),
        phones=tuple(
            Phone(
                one.phone,
                one.patient,
                one.cohort,
                one.no_data_after_us,
                one.realarm_every_us,
                one.device_cohort or one.cohort,
            )
            for one in evidence.roster.phones
        ),
        devices=len(evidence.roster.devices),
        warm_up_us=moments.warm_up_us,
        storm_us=moments.storm_us,
        recovery_us=moments.recovery_us,
        end_us=moments.end_us,
        paths=tuple(Path(one.name, one.whose == "service", one.through_gateway) for one in evidence.alert_paths),
        faults=tuple(
            Fault(one.place.name, one.place.cohort, one.begin_us, one.heal_us, one.kind) for one in evidence.faults
        ),
        doubts=tuple(Doubt(one.from_us, one.until_us, one.slows) for one in evidence.doubts),
        grace_us=MINUTE_US + evidence.lag_us,
        aborted=evidence.cut_short,
        way=Way(way.places, way.patience_us, way.reading_every_us, way.poll_every_us, way.recovers_us),
    )


def knobs_of(rule: Rule) -> dict[str, Any]:
    """Return a rule's knobs as plain data, durations in microseconds."""
    plain = {name: getattr(rule, name) for name in type(rule).model_fields}
    return {
        f"{name}_us" if isinstance(value, timedelta) else name: in_us(value) if isinstance(value, timedelta) else value
        for name, value in plain.items()
    }


def whole(rule: Rule, evidence: Evidence) -> Finding:
    """Return a rule's finding with every violated case as an example."""
    with patch.object(cases, "EXAMPLES_MAX", 1 << 30):
        return rule.judge(evidence)


def differences(evidence: Evidence, rules: Iterable[Rule] = EVERY_RULE) -> list[str]:
    """Return a line for each rule of which the harness and the second oracle do not say the same."""
    seen = seen_of(evidence)
    found = []
    for rule in rules:
        finding, kind = whole(rule, evidence), kind_of(rule)
        said = (finding.verdict, finding.judged, finding.violations, finding.excused, finding.suspected)
        violated = finding.examples if finding.violations else ()
        whom = sorted((-1 if one.phone is None else one.phone, one.at_s) for one in violated)
        oracle = ORACLES[kind](seen, knobs_of(rule))
        moments = evidence.moments
        theirs = sorted((-1 if phone is None else phone, moments.storm_s(at_us)) for phone, at_us in oracle.violated)
        if said != oracle[:5] or whom != theirs:
            found.append(f"{kind}: the rule says {said} {whom}, the second oracle {oracle[:5]} {theirs}")
    return found
