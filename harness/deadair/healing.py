"""Undoes what a run broke, from its ledger's lines alone, and says what it could not undo. Knows no run at work.

A break is *healed* once that was seen: it was undone, or nothing of it outlives the processes of its run and those are
proved gone. Any other break is *not healed*, with the reason: one that this version does not know, that nobody can
undo, or whose undoing failed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deadair.injectors.catalogue import entry_of, why_unknown
from deadair.injectors.injector import Break
from deadair.injectors.injector_entry import BrokenRun, Undo
from deadair.injectors.processes import kill_all
from deadair.ledger import Ledger, Line, newest
from deadair.model.clock import Deadline, pause
from deadair.model.errors import HarnessError
from deadair.model.plural import count
from deadair.model.run_folder import RunFolder
from deadair.runtimes.catalogue import RuntimeEntry, runtime_entry

HEAL_LIMIT_S = 1.0
"""How long a break is healed again and again: the runner may be making it at this very moment."""
KILL_LIMIT_S = 1.5
SETTLE_S = 0.2
"""A child that was being started when its parent died shows up within this."""
POLL_S = 0.025
ADVICE = "undo it by hand, or run `deadair heal` with the version of deadair that broke it"

OpenBreak = tuple[str, Break]
"""A break that is not known to be undone, after the id of its fault."""


@dataclass(frozen=True, slots=True)
class HealingOutcome:
    """What healing came to. Each break is named in words."""

    healed: int = 0
    ends_with_run: tuple[str, ...] = ()
    """Left alone: they end with the processes of their run, which still live."""
    not_healed: tuple[str, ...] = ()
    """With the reason of each."""
    left: tuple[int, ...] = ()
    """The ids of processes that cannot be ended."""
    kept: tuple[str, ...] = ()
    """What else of the run cannot be removed, a sentence each."""
    stopped_for: str = ""
    """Why everything was stopped, before the run could end by itself; nothing if it was not."""

    @property
    def whole(self) -> bool:
        """Whether nothing was left that somebody has to see to."""
        return not (self.not_healed or self.left or self.kept)

    def raise_left(self) -> None:
        """Raise HarnessError if something is left that cannot be ended or removed."""
        if self.left:
            pids = ", ".join(map(str, self.left))
            raise HarnessError(f"the processes {pids} of the run cannot be ended; end them by hand")
        if self.kept:
            raise HarnessError(f"{'; '.join(self.kept)}; remove it by hand, or `deadair heal` tries again")

    def said(self) -> str:
        """Return it as a part of a sentence: how many were healed."""
        broken = self.healed + len(self.ends_with_run) + len(self.not_healed)
        return f"{self.healed} of {count(broken, 'break')} healed"


def advised(not_healed: Sequence[object]) -> str:
    """Return the end of a sentence that names what was not healed and says what to do; nothing if all was healed."""
    return f"; not healed: {'; '.join(map(str, not_healed))}; {ADVICE}" if not_healed else ""


def broken_run(folder: RunFolder, lines: Sequence[Line], *, run_id: str, speed: float) -> BrokenRun:
    """Return what can be known of a run from outside."""
    addresses = {str(line.said.get("injector")): line.said.get("address") for line in lines if line.what == "control"}
    entry, said = runtime_of(lines)
    return BrokenRun(
        run_id,
        folder.abort_request.parent,
        speed,
        addresses,
        lives=lambda: entry.lives(run_id, said),
        remove=lambda: entry.remove(run_id, said),
    )


def runtime_of(lines: Sequence[Line]) -> tuple[RuntimeEntry, Mapping[str, object]]:
    """Return how a run's nodes run, and what its ledger says of that; a run from before it was written: processes.

    Raises HarnessError if this version has no such runtime.
    """
    line = newest(lines, "runtime")
    return (runtime_entry("processes"), {}) if line is None else (runtime_entry(str(line.said.get("name"))), line.said)


class Healer:
    """Heals one run, and writes each step into its ledger."""

    def __init__(self, run: BrokenRun, writing: Ledger) -> None:
        self._run = run
        self._ledger = writing

    def undo(self, breaks: Sequence[OpenBreak]) -> HealingOutcome:
        """Undo breaks while the run's processes live, for somebody who ends the run.

        One that only ends with the run is left to that. If one that should be undone by now is not, and ends with the
        run, everything is stopped. For one that would not end by that nothing is stopped: the run is to end well.
        """
        healed, with_run, failed, given_up = 0, [], [], []
        for fault_id, broken in breaks:
            entry = entry_of(broken)
            ends_with_run = entry is not None and entry.ends_with_run
            if entry is not None and entry.undo is None and ends_with_run:
                with_run.append((fault_id, broken))
            elif not (why := self._why_not_undone(fault_id, broken)):
                healed += 1
            elif ends_with_run:
                with_run.append((fault_id, broken))
                failed.append(f"{in_words(fault_id, broken)} ({why})")
            else:
                given_up.append(self._give_up(fault_id, broken, why))
        if not failed:
            return HealingOutcome(healed, tuple(in_words(*each) for each in with_run), tuple(given_up))
        rest = self.stop_everything(with_run)
        return HealingOutcome(
            healed + rest.healed, (), (*given_up, *rest.not_healed), rest.left, rest.kept, stopped_for=failed[0]
        )

    def stop_everything(self, breaks: Sequence[OpenBreak]) -> HealingOutcome:
        """End every process of the run, remove whatever else its nodes are, and undo what is left then."""
        kill_all(self._run.run_id, limit_s=KILL_LIMIT_S)
        self._run.remove()
        pause(SETTLE_S)
        left = tuple(identity.pid for identity in kill_all(self._run.run_id, limit_s=KILL_LIMIT_S))
        kept = tuple(self._run.remove())
        if left or kept:
            why = "; ".join(kept) or f"the processes {', '.join(map(str, left))} of its run cannot be ended"
            return HealingOutcome(not_healed=tuple(self._give_up(*each, why) for each in breaks), left=left, kept=kept)
        return self.undo_rest(breaks)

    def undo_rest(self, breaks: Sequence[OpenBreak]) -> HealingOutcome:
        """Undo what is left once no process of the run is: the caller has proved that."""
        healed, failed = 0, []
        for fault_id, broken in breaks:
            entry = entry_of(broken)
            if entry is not None and entry.ends_with_run:
                self._ledger.write_break("healed", fault_id, broken, by_ending="the processes it was in")
                healed += 1
            elif why := self._why_not_undone(fault_id, broken):
                failed.append(self._give_up(fault_id, broken, why))
            else:
                healed += 1
        return HealingOutcome(healed, not_healed=tuple(failed))

    def _why_not_undone(self, fault_id: str, broken: Break) -> str:
        """Undo one break; return why that failed, for whatever reason, nothing if it is undone."""
        entry = entry_of(broken)
        if entry is None:
            return why_unknown(broken)
        if entry.undo is None:
            return f"nobody can undo {broken.action} by {broken.injector}"
        try:
            self._ledger.write_break("heal", fault_id, broken)
            _heal(entry.undo(self._run, fault_id), broken)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next break must be tried and nobody left to wait
            return str(error) if isinstance(error, HarnessError) else f"{type(error).__name__}: {str(error)[:200]}"
        self._ledger.write_break("healed", fault_id, broken)
        return ""

    def _give_up(self, fault_id: str, broken: Break, why: str) -> str:
        """Write down that a break was not healed; return that in words."""
        self._ledger.write_break("not_healed", fault_id, broken, reason=why)
        return f"{in_words(fault_id, broken)} ({why})"


def in_words(fault_id: str, broken: Break) -> str:
    """Return a break as people read it."""
    return f"{fault_id}: {broken.action} {broken.subject}"


def _heal(undo: Undo, broken: Break) -> None:
    """Heal until it is seen to be healed. Raises HarnessError if that takes too long."""
    limit = Deadline.after(HEAL_LIMIT_S)
    undo.heal(broken)
    while not undo.healed(broken):
        if limit.passed():
            raise HarnessError(f"{broken.subject} is still broken {HEAL_LIMIT_S:g} s later")
        pause(POLL_S)
        undo.heal(broken)
