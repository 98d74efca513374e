"""Where the two oracles meet: the harness's evidence as plain data, and both verdicts of a rule side by side.

The only file of this folder, beside the tests, that knows the harness's rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from deadair.model.duration import in_us
from deadair.model.judgement import Finding
from deadair.rules import cases
from deadair.rules.catalogue import RULES
from deadair.rules.evidence import Evidence
from deadair.rules.rule import Rule, kind_of
from tests.oracle.cases import Verdict
from tests.oracle.rules import (
    clears,
    defence_in_depth,
    freshness,
    low_alerted,
    no_data_deadline,
    no_data_repeats,
    no_false_alarm,
    no_false_clear,
    no_storm,
    nothing_lost,
    privacy,
    recovers,
    shows_age,
    status_published,
)
from tests.oracle.seen import MINUTE_US, Doubt, Fault, Path, Phone, Seen, Way

ORACLES: Mapping[str, Callable[[Seen, dict[str, Any]], Verdict]] = {
    "clears": clears.judge,
    "defence_in_depth": defence_in_depth.judge,
    "freshness": freshness.judge,
    "low_alerted": low_alerted.judge,
    "no_data_deadline": no_data_deadline.judge,
    "no_data_repeats": no_data_repeats.judge,
    "no_false_alarm": no_false_alarm.judge,
    "no_false_clear": no_false_clear.judge,
    "no_storm": no_storm.judge,
    "nothing_lost": nothing_lost.judge,
    "privacy": privacy.judge,
    "recovers": recovers.judge,
    "shows_age": shows_age.judge,
    "status_published": status_published.judge,
}
"""By the rule's kind: all but ``noop``, which judges nothing."""

EVERY_RULE: tuple[Rule, ...] = tuple(rule() for rule in RULES if kind_of(rule()) in ORACLES)


def seen_of(evidence: Evidence) -> Seen:
    """Return what the rules judge from, as plain data."""
    way, moments = evidence.reading_way, evidence.moments
    assert way is not None
    return Seen(
        rows=tuple(evidence.history.rows.iter_rows(named=True)),
        phones=tuple(Phone(one.phone, one.patient, one.cohort, one.no_data_after_us) for one in evidence.roster.phones),
        devices=len(evidence.roster.devices),
        warm_up_us=moments.warm_up_us,
        storm_us=moments.storm_us,
        recovery_us=moments.recovery_us,
        end_us=moments.end_us,
        paths=tuple(Path(one.name, one.whose == "service", one.through_gateway) for one in evidence.alert_paths),
        faults=tuple(Fault(one.place.name, one.place.cohort, one.begin_us, one.heal_us) for one in evidence.faults),
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
