"""What comparing a gate's runs with a baseline comes to, in the form of a judgement, so that every output shows it."""

from __future__ import annotations

from collections.abc import Sequence

from deadair.baselines.comparison import Comparison
from deadair.model.judgement import Finding, Judgement, Subject
from deadair.model.plural import count
from deadair.model.verdict import Verdict, worst

NAME = "baseline"
"""The name by which it stands among the scenarios of a gate."""


def compared(comparisons: Sequence[Comparison], baseline: str) -> Judgement:
    """Return one finding for each run that was compared. ``baseline``: the file, for people."""
    findings = tuple(
        Finding(
            rule=each.scenario,
            verdict=each.verdict,
            judged=int(each.verdict is not Verdict.UNKNOWN),
            violations=int(each.verdict is Verdict.FAIL),
            why=each.why,
        )
        for each in comparisons
    )
    verdict = worst(finding.verdict for finding in findings)
    first = next((each for each in comparisons if each.verdict is verdict), None)
    if verdict is Verdict.PASS or first is None:
        why = f"{count(len(findings), 'run')} compared with {baseline}: none alerts later"
    else:
        why = f"{first.scenario}: {first.why}"
    return Judgement(
        scenario=NAME,
        target=baseline,
        engine="none",
        seed=0,
        speed=1,
        verdict=verdict,
        why=why,
        subject=Subject(version="unknown", command="unknown", configuration_sha256=""),
        findings=findings,
        history_sha256="",
        replay="",
    )
