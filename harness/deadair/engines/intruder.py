"""Whoever tries a target's door during a run, for the rule ``keeps_out``: a round of tries now and then.

A round goes on beside the runner, as every question does; the runner takes it over and alone writes it down.
Rows: ENTRY_TRIED.
"""

from __future__ import annotations

from deadair.engines.break_ins import INTRUDERS, Ask, BreakIns
from deadair.engines.question import Background, Question
from deadair.engines.run_plan import RunPlan, times_of
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.model.duration import in_us
from deadair.model.errors import HarnessError
from deadair.rules.keeps_out import KeepsOut
from deadair.targets.door import Door
from deadair.targets.target import Site

ROUND_LIMIT_REAL_S = 60.0
"""All tries of a round together, each of which has its limit, take no longer."""


def rule_of(plan: RunPlan) -> KeepsOut | None:
    """Return the rule that a plan's run is judged by, if anybody is to try the door at all."""
    return next((rule for rule in plan.scenario.checks if isinstance(rule, KeepsOut)), None)


def door_of(plan: RunPlan) -> Door | None:
    """Return the door that is tried in a run; none if no rule asks for it, or the target does not say how."""
    return None if rule_of(plan) is None else plan.target.door(times_of(plan.scenario))


def intruder_accounts(plan: RunPlan) -> tuple[str, ...]:
    """Return the accounts of the harness's own that take part in it; they follow nobody."""
    return INTRUDERS if door_of(plan) is not None else ()


class Intruder:
    """``look`` is to be called as often as anything may be due; it takes no time."""

    def __init__(  # noqa: PLR0913 - each is named at the call site
        self,
        plan: RunPlan,
        site: Site,
        recorder: Recorder,
        background: Background,
        *,
        ask: Ask,
        password: str,
    ) -> None:
        rule, door = rule_of(plan), door_of(plan)
        self._recorder = recorder
        self._clock = recorder.clock
        self._rounds = 0
        self._next_us = 0
        self._every_us = 0 if rule is None else in_us(rule.every)
        self._round = None
        if door is not None:
            break_ins = BreakIns(
                door, ask, lambda account: plan.target.end_sessions(account, site), self._clock, password=password
            )
            self._round = Question("the door", break_ins.go_round, self._clock, background, limit_s=ROUND_LIMIT_REAL_S)

    def look(self) -> None:
        """Write down what a round came to, and begin the next one when it is due."""
        if self._round is None:
            return
        if (answer := self._round.taken()) is not None:
            try:
                tries = answer.read() or ()
            except HarnessError as error:
                self._recorder.add(Kind.TROUBLE, detail=f"whether strangers are let in was not tried: {error}"[:1000])
                tries = ()
            self._rounds += 1
            for tried in tries:
                self._recorder.add(
                    Kind.ENTRY_TRIED,
                    at_us=tried.at_us,
                    sent_us=tried.sent_us,
                    intended_us=tried.due_us,
                    outcome=tried.outcome,
                    value=self._rounds,
                    detail=tried.what,
                )
        if self._clock.now_us() >= self._next_us:
            self._next_us = self._clock.now_us() + self._every_us
            self._round.ask()
