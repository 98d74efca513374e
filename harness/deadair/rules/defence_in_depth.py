"""Whoever goes blind is alerted by several paths, each of which would have been enough."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import Field

from deadair.model.duration import Lasting, in_us, show
from deadair.model.judgement import Finding
from deadair.model.plural import count, was
from deadair.rules.cases import Case, Tally, finding, table
from deadair.rules.counting_paths import CountingPaths, counting_paths
from deadair.rules.evidence import Evidence
from deadair.rules.rule import Rule
from deadair.rules.silences import Silence, silences


class DefenceInDepth(Rule):
    """Whoever goes blind is alerted by several paths, each of which would have been enough."""

    of_silences: ClassVar[bool] = True
    by_default: ClassVar[bool] = False
    kind: Literal["defence_in_depth"] = "defence_in_depth"
    at_least: int = Field(2, ge=2, le=10)
    """By how many of the paths each silence is alerted."""
    within: Lasting = timedelta(minutes=5)
    """How long after the onset each of them may take."""
    alert_paths: tuple[str, ...] | None = Field(None, min_length=2)
    """The independent paths, by default all of the target's."""

    def judge(self, evidence: Evidence) -> Finding:
        """Judge each silence: how many paths alerted of it in time?"""
        named = tuple(dict.fromkeys(self.alert_paths or (path.name for path in evidence.alert_paths)))
        paths = counting_paths(evidence, named)
        cases = table(self._case(one, paths) for one in silences(evidence, in_us(self.within)))
        return finding(self.kind, evidence, cases, self._say)

    def _case(self, silence: Silence, paths: CountingPaths) -> Case:
        alerts = [alert for path in paths.named if (alert := silence.first_alert((path,))) is not None]
        in_time = sorted(alert.path for alert in alerts if alert.from_us <= silence.limit_us)
        struck = paths.struck_between(silence.phone, silence.onset_us, silence.limit_us)
        ended = silence.until_us is not None and silence.until_us < silence.limit_us
        known = silence.known(silence.onset_us, silence.limit_us)
        state: Literal["held", "violated", "excused"] = "held" if len(in_time) >= self.at_least else "violated"
        if silence.limit_us > silence.over_us or (state == "violated" and (struck or ended or known)):
            state = "excused"
        return Case(
            state,
            silence.onset_us - silence.phone.no_data_after_us,
            silence.limit_us,
            silence.onset_us,
            f"alerted in time by {' and '.join(in_time) or 'no path'}",
            silence.phone.phone,
            silence.phone.patient,
        )

    def _say(self, tally: Tally) -> str:
        judged = count(tally.judged, "silence")
        if not tally.violations:
            return f"each of {judged} was alerted by {self.at_least} paths or more"
        few = f"{tally.violations:,} of {judged} {was(tally.violations)} alerted by fewer than {self.at_least} paths"
        return f"{few} within {show(self.within)}"
