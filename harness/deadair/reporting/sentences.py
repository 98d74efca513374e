"""The sentences that the terminal, the Markdown summary and the HTML report share, so that all three say the same.

Pure: a judgement in, plain text out. Knows no format and no file.
"""

from __future__ import annotations

from deadair.model.judgement import Doubt, Example, FaultReport, Finding, Health, Judgement, NotJudged, Silences
from deadair.model.plural import count
from deadair.model.verdict import Verdict
from deadair.reporting.formatting import duration, milliseconds, moment, one_line

DEADLINE_RULE = "no_data_deadline"


def deadline_finding(judgement: Judgement) -> Finding | None:
    """Return what the rule about silences found, if the scenario asks it."""
    return next((finding for finding in judgement.findings if finding.rule == DEADLINE_RULE), None)


def not_alerted_in_time(judgement: Judgement) -> int:
    """Return how many judged silences were alerted late, or never."""
    finding = deadline_finding(judgement)
    if finding is not None:
        return finding.violations
    silences = judgement.silences
    return max(0, silences.count - silences.excused - silences.alerted_in_time)


def silences_line(judgement: Judgement) -> str:
    """Say how the run's silences went."""
    silences = judgement.silences
    if not silences.count:
        return "no silence: nobody went blind"
    parts = [count(silences.count, "silence"), f"{silences.alerted_in_time:,} alerted in time"]
    late = not_alerted_in_time(judgement)
    parts.append(f"{late:,} NOT alerted in time" if late else "none alerted late, none never alerted")
    if silences.excused:
        parts.append(f"{silences.excused:,} excused")
    finding = deadline_finding(judgement)
    if finding is not None and finding.suspected:
        parts.append(f"{finding.suspected:,} in doubt, not judged")
    return " · ".join(parts)


def time_to_alert_line(silences: Silences) -> str:
    """Say how soon the alerts came, where there were any."""
    waits = silences.time_to_alert_s
    if waits.max is None:
        return "nobody was alerted"
    return f"time to alert {duration(waits.p50)} (p50), {duration(waits.p99)} (p99), {duration(waits.max)} (max)"


def rules_line(judgement: Judgement) -> str:
    """Say how many of the scenario's rules passed; one that was not judged is no rule that passed."""
    passed, unjudged = rules_passed(judgement), len(judgement.not_judged)
    asked = len(judgement.findings) + unjudged
    line = f"passed {passed:,} of {count(asked, 'rule')}"
    return f"{line}, {unjudged:,} not judged" if unjudged else line


def rules_passed(judgement: Judgement) -> int:
    """Return how many of the scenario's rules passed."""
    return sum(finding.verdict is Verdict.PASS for finding in judgement.findings)


def not_judged_line(idle: NotJudged) -> str:
    """Say which rule was not judged, and why."""
    return f"{one_line(idle.rule, 100)}: {one_line(idle.why)}"


def cases_line(finding: Finding) -> str:
    """Say how many cases a rule judged and how they went."""
    parts = [f"{finding.violations:,} of {count(finding.judged, 'case')} violated" if finding.judged else "no case"]
    if finding.excused:
        parts.append(f"{finding.excused:,} excused")
    if finding.suspected:
        parts.append(f"{finding.suspected:,} suspected")
    return ", ".join(parts)


def fault_state(fault: FaultReport) -> str:
    """Say what is proved of a fault, in words."""
    if not fault.begun:
        return "never begun"
    bite = "proved" if fault.proved else "NOT PROVED"
    if not fault.healed:
        return f"{bite}, NOT HEALED"
    return f"{bite}, healed" if fault.heal_proved else f"{bite}, healing NOT PROVED"


def fault_is_sound(fault: FaultReport) -> bool:
    """Say whether everything about a fault was proved."""
    return fault.begun and fault.proved and fault.healed and fault.heal_proved


def doubt_line(doubt: Doubt) -> str:
    """Say a doubt, with the stretch it touches."""
    where = ""
    if doubt.from_s is not None or doubt.until_s is not None:
        until = "the end" if doubt.until_s is None else moment(doubt.until_s)
        where = f" (from {moment(doubt.from_s)} to {until})"
    return f"{one_line(doubt.kind, 40)}: {one_line(doubt.what)}{where}"


def health_line(health: Health) -> str:
    """Say how the harness itself was."""
    lag = f"fleet lag p99 {milliseconds(health.fleet_lag_ms_p99)}"
    if health.fleet_lag_allowance_ms is not None:
        lag += f" of {milliseconds(health.fleet_lag_allowance_ms)} allowed"
    jumps = count(health.clock_jumps, "clock jump") if health.clock_jumps else "no clock jump"
    recorders = "all recorders alive" if health.recorders_alive else "A RECORDER DIED"
    return f"{lag} · {count(health.operations, 'operation')} · {jumps} · {recorders}"


def example_line(example: Example) -> str:
    """Say one case that a finding points at."""
    who = []
    if example.phone is not None:
        who.append(f"phone {example.phone}")
    if example.patient is not None:
        who.append(f"patient {example.patient}")
    if example.cohort is not None:
        who.append(f"cohort {one_line(example.cohort, 60)}")
    if example.at_s is not None:
        who.append(f"at {moment(example.at_s)}")
    if example.late_s is not None:
        who.append(f"came after {duration(example.late_s)}")
    return one_line(example.what, 600) + (f" [{', '.join(who)}]" if who else "")


def shortest_example(finding: Finding) -> Example | None:
    """Return the counter-example that needs the least history to follow: the earliest, then the briefest."""
    earliest = [(float("inf") if e.at_s is None else e.at_s, len(e.what), n) for n, e in enumerate(finding.examples)]
    return finding.examples[min(earliest)[2]] if earliest else None


def worst_first(judgement: Judgement) -> tuple[Finding, ...]:
    """Return the findings, the worst verdict first, otherwise in the scenario's order."""
    order = list(Verdict)
    return tuple(sorted(judgement.findings, key=lambda finding: -order.index(finding.verdict)))
