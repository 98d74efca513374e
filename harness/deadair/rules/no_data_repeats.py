"""Who stays blind is told so again and again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import ClassVar, Literal

from pydantic import Field

from deadair.model.duration import Duration, Lasting, in_us, show
from deadair.model.judgement import Finding
from deadair.model.plural import count, was
from deadair.rules.blindness import NEVER_US, Blind, limit_us
from deadair.rules.cases import Case, Tally, finding, lasting, table
from deadair.rules.counting_paths import CountingPaths, counting_paths
from deadair.rules.evidence import Evidence
from deadair.rules.rule import Rule
from deadair.rules.said import quiet_until
from deadair.rules.silences import Again, Silence, SilenceState, silences
from deadair.rules.swallowed import nothing_else, swallowed


class NoDataRepeats(Rule):
    """Who stays blind is told so again and again."""

    of_silences: ClassVar[bool] = True
    kind: Literal["no_data_repeats"] = "no_data_repeats"
    every: Duration = timedelta(minutes=15)
    """R: how often who stays blind is told again, where the follow says nothing else (`fleet.realarm_every`).
    `0m`: this service tells once, and nothing is judged."""
    within: Lasting = timedelta(minutes=5)
    """How much later than that it may come."""
    alert_paths: tuple[str, ...] | None = Field(None, min_length=1)
    """The alert paths that count, by default all of the service's own."""

    def judge(self, evidence: Evidence) -> Finding:
        """Judge each time in a blind stretch of a silence at which its phone was to be alerted again."""
        paths = counting_paths(evidence, self.alert_paths)
        found = silences(evidence, in_us(self.within)) if self.every else []
        own = any(phone.realarm_every_us is not None for phone in evidence.roster.phones)
        cases = table(
            case
            for silence in found
            for stretch in evidence.blind[silence.phone.phone]
            if silence.onset_us <= stretch.onset_us
            and (silence.until_us is None or stretch.onset_us < silence.until_us)
            for case in self._again(silence, stretch, evidence, paths)
        )
        return finding(self.kind, evidence, cases, partial(self._say, "R" if own else show(self.every)))

    def _again(self, silence: Silence, stretch: Blind, evidence: Evidence, paths: CountingPaths) -> Iterator[Case]:
        """Yield a case for each alert after which another was due, beginning with the first one of the stretch.

        Who sees in between needs none: the next stretch begins anew. Who knows needs none either, nor who is to be
        asked again later: R then begins with the end of the snooze.
        """
        pauses = evidence.cut_off(silence.phone)
        onset_us = stretch.onset_us
        said = [one for one in evidence.said_of("alarm", silence.phone.phone) if _in(stretch, one.at_us)]
        first = silence.first_alert_of(
            Again(onset_us, NEVER_US),
            paths.between(silence.phone, onset_us, limit_us(onset_us, in_us(self.within), pauses)),
        )
        every_us = silence.phone.told_again_us(in_us(self.every))
        told_us = None if first is None or not every_us else max(first.from_us, onset_us)
        while told_us is not None:
            due_us = limit_us(told_us, every_us + in_us(self.within), pauses)
            if due_us > silence.over_us or (stretch.until_us is not None and stretch.until_us < due_us):
                return
            counting = paths.between(silence.phone, told_us, due_us)
            next_us = _next(silence, told_us, counting)
            quiet_us = quiet_until(said, told_us, due_us if next_us is None else min(due_us, next_us))
            if quiet_us is not None:
                told_us = quiet_us if quiet_us < NEVER_US else None
                continue
            state: SilenceState = "held" if next_us is not None and next_us <= due_us else "violated"
            if state == "violated" and nothing_else(evidence, counting):
                lost = swallowed(evidence, silence.phone, (told_us, due_us), paths=counting)
                state = "excused" if lost else "violated"
            yield Case(
                state,
                onset_us - silence.phone.no_data_after_us,
                due_us,
                told_us,
                "alerted again while it lasted" if state == "held" else "not alerted again while it lasted",
                silence.phone.phone,
                silence.phone.patient,
                None if next_us is None else next_us - told_us,
            )
            told_us = next_us

    def _say(self, every: str, tally: Tally) -> str:
        if not tally.violations:
            again = f"{count(tally.judged, 'time')} an alert was due again, and came"
            return f"{again}; the longest pause {lasting(tally.slowest_us)}"
        late = f"{tally.violations:,} {was(tally.violations)} not presented again within {every}"
        return f"of {count(tally.judged, 'alert')} that {was(tally.judged)} due again, {late} and {show(self.within)}"


def _in(stretch: Blind, at_us: int) -> bool:
    """Say whether a moment is in a stretch."""
    return stretch.onset_us <= at_us and (stretch.until_us is None or at_us < stretch.until_us)


def _next(silence: Silence, after_us: int, paths: Sequence[str]) -> int | None:
    """Return when the phone presented its next alert."""
    later = (one.from_us for one in silence.notifications if one.from_us > after_us and one.path in paths)
    return min(later, default=None)
