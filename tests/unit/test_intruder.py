"""Who tries the door of a run: only where a rule asks for it, as often as it says, and past what is under way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from deadair.engines.break_ins import INTRUDERS, BreakIns, EntryTried, HowItWent
from deadair.engines.intruder import Intruder, door_of, intruder_accounts
from deadair.engines.question import Background
from deadair.engines.run_plan import RunPlan
from deadair.history.reader import read
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.model.clock import RunClock
from deadair.model.errors import HarnessError
from deadair.scenario.load import loads
from deadair.targets.catalogue import TARGETS
from deadair.targets.request import Answer, Request
from deadair.targets.target import Site
from tests.unit.scenario_texts import PLAIN

CHECKED = "checks: [{kind: keeps_out, every: 1ms}]"


def planned(text: str, target: str = "reference") -> RunPlan:
    return RunPlan.drawn(loads(text.replace("name: reference", f"name: {target}"), "s.yaml", TARGETS), TARGETS[target])


def checked(checks: str) -> str:
    return PLAIN.partition("checks:")[0] + checks


def test_the_door_is_tried_only_where_a_rule_asks_for_it_and_the_target_says_how() -> None:
    assert door_of(planned(PLAIN)) is None
    assert intruder_accounts(planned(PLAIN)) == ()
    assert intruder_accounts(planned(checked(CHECKED))) == INTRUDERS
    assert intruder_accounts(planned(checked(""))) == INTRUDERS, "without checks all rules are judged"
    assert intruder_accounts(planned(checked(CHECKED), target="noop")) == ()


class Door:
    """A door that refuses everybody, and whoever carries questions to it, when it is told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.waiting: list[Callable[[], None]] = []
        self.says: Exception | None = HarnessError("no answer")

    def ask(self, socket: str, request: Request, limit_s: float) -> Answer:
        self.asked.append(request.path)
        if self.says is not None:
            raise self.says
        return Answer(401, b"{}")

    def let_go(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    with Recorder(tmp_path, "runner", RunClock.starting_now(speed=60)) as made:
        yield made


def intruder(door: Door, recorder: Recorder, text: str = CHECKED) -> Intruder:
    background = Background(lambda work, _: door.waiting.append(work), threading.Event)
    plan = planned(checked(text))
    return Intruder(plan, cast(Site, None), recorder, background, ask=door.ask, password="secret")


def rows(recorder: Recorder, folder: Path, kind: Kind = Kind.ENTRY_TRIED) -> list[tuple[object, ...]]:
    recorder.flush()
    return read(folder).of(kind).select("value", "detail", "outcome").rows()


@pytest.mark.parametrize(("says", "outcome"), [(HarnessError("no answer"), "info"), (None, "kept_out")])
def test_a_round_goes_on_beside_the_runner_and_is_written_down_when_it_is_over(
    recorder: Recorder, tmp_path: Path, says: Exception | None, outcome: HowItWent
) -> None:
    door = Door()
    door.says = says
    tried = intruder(door, recorder)
    tried.look()
    tried.look()
    assert (len(door.waiting), door.asked, rows(recorder, tmp_path)) == (1, [], []), "nothing of it is done here"
    door.let_go()
    tried.look()
    assert rows(recorder, tmp_path) == [(1, what, outcome) for what in (*["wrong_password"] * 3, "right_password")]
    door.let_go()
    tried.look()
    assert {number for number, _, _ in rows(recorder, tmp_path)} == {1, 2}


def test_it_rests_as_long_as_the_rule_says(recorder: Recorder) -> None:
    door = Door()
    tried = intruder(door, recorder, "checks: [{kind: keeps_out, every: 66h}]")
    for _ in range(3):
        tried.look()
        door.let_go()
    assert len(door.asked) == 6, "of one round: four log-ins of the owner, one of the stranger's, one of the third's"


def test_a_round_that_the_harness_cannot_do_is_trouble(
    recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raises(_: BreakIns) -> tuple[EntryTried, ...]:
        raise HarnessError("the adapter raised")

    monkeypatch.setattr(BreakIns, "go_round", raises)
    door = Door()
    tried = intruder(door, recorder)
    tried.look()
    door.let_go()
    tried.look()
    assert rows(recorder, tmp_path, Kind.TROUBLE) == [
        (None, "whether strangers are let in was not tried: the adapter raised", None)
    ]
