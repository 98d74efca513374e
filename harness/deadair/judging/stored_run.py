"""What could be read of a run folder, and a sentence for whatever could not. Knows no verdict.

Only a scenario that cannot be read is an error. Any other damage puts all of the run in doubt, by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from deadair import ledger
from deadair.history.manifest import MANIFEST, read_seal
from deadair.history.reader import History, read
from deadair.history.rows import Kind
from deadair.judging.fault_reports import Course, courses
from deadair.judging.format_1 import load_stored
from deadair.judging.harness_health import HarnessHealth
from deadair.model.alert_path import AlertPath
from deadair.model.duration import in_us
from deadair.model.environment import Environment
from deadair.model.errors import HarnessError, ScenarioError
from deadair.model.plural import count
from deadair.model.roster import Roster
from deadair.model.run_folder import RunFolder
from deadair.model.stored_file import ROSTER_BYTES_MAX, read_stored
from deadair.rules.evidence import Moments
from deadair.rules.fault_window import FaultWindow
from deadair.rules.reading_way import ReadingWay
from deadair.rules.recovers import Recovers
from deadair.scenario.durations import STEADY_FOR, patience
from deadair.scenario.model import Scenario
from deadair.targets.catalogue import TARGETS

NEVER_SEALED = "history/manifest.json is missing: the run did not live to seal its history"


@dataclass(frozen=True)
class StoredRun:
    """What could be read of a run folder. ``wrong``: a sentence for whatever puts all of the run in doubt."""

    scenario: Scenario
    harness_health: HarnessHealth
    """The harness's own, with the history of it and of everything else."""
    environment: Environment | None
    roster: Roster | None
    moments: Moments | None
    abort: str | None
    """The reason of an abort, if there was one."""
    courses: dict[str, Course]
    wrong: tuple[str, ...]
    never_steady: str | None = None
    """What was missing for a steady state, in a run that waited for it in vain and so had no storm."""
    unread: tuple[str, ...] = ()
    """A sentence for each file beside the history that could not be read."""

    @property
    def history(self) -> History:
        """Return every row of the run."""
        return self.harness_health.history

    @property
    def damage(self) -> tuple[str, ...]:
        """Return a sentence for whatever of the evidence is not there, not whole, or not as the run sealed it."""
        unsealed = () if self.history.whole or self.history.torn else (NEVER_SEALED,)
        return (*self.history.torn, *self.unread, *unsealed)

    @property
    def ended_early(self) -> bool:
        """Say whether phases of it are short, or missing, because it was ended before its time."""
        return self.abort is not None or self.never_steady is not None

    @property
    def windows(self) -> tuple[FaultWindow, ...]:
        """Return the faults that were made, as they really were."""
        found = (
            course.window(fault_id, entry)
            for fault_id, entry in self.scenario.faults()
            if (course := self.courses.get(fault_id)) is not None
        )
        return tuple(window for window in found if window is not None)

    @property
    def alert_paths(self) -> tuple[AlertPath, ...]:
        """Return the target's alert paths: those that the run wrote down, of an older run those it has now."""
        written = self.environment.alert_paths if self.environment is not None else None
        return _of_today(self.scenario, "alert_paths") if written is None else written

    @property
    def reading_way(self) -> ReadingWay:
        """Return how a reading gets to a phone: over the places that the run wrote down, or those of the target now."""
        written = self.environment.reading_path if self.environment is not None else None
        fleet, rules = self.scenario.fleet, (rule for rule in self.scenario.checks if isinstance(rule, Recovers))
        return ReadingWay(
            _of_today(self.scenario, "reading_path") if written is None else written,
            patience_us=in_us(patience(fleet)),
            reading_every_us=in_us(fleet.reading_every),
            poll_every_us=in_us(fleet.poll_every),
            calm_us=in_us(STEADY_FOR),
            recovers_us=in_us(next(rules, Recovers()).within),
        )

    @property
    def accepted_paths(self) -> tuple[str, ...]:
        """Return the names of the alert paths that count by the scenario's deadline."""
        return self.scenario.deadline.accepted(self.alert_paths)


def read_run(folder: RunFolder) -> StoredRun:
    """Read a run folder. Raises HarnessError if its scenario cannot be read: without it there is no rule."""
    try:
        scenario = load_stored(folder.scenario)
    except ScenarioError as error:
        raise HarnessError(
            f"{folder.root} cannot be judged without its scenario: {error}; name the folder of a run"
        ) from None
    wrong: list[str] = []
    environment = _environment(folder, wrong)
    if scenario.target.name not in TARGETS and environment is not None and environment.alert_paths is None:
        raise HarnessError(f"{folder.scenario}: the target {scenario.target.name[:60]!r} is not known here; restore it")
    roster = _roster(folder, wrong)
    lines = _ledger(folder, wrong)
    unread = tuple(wrong)
    history = read(folder.history)
    if lines is not None:
        wrong += _left_behind(lines)
    abort = _abort(lines or (), history) or asked_to_end(folder)
    return replace(examine(scenario, history, environment, roster, abort=abort, wrong=wrong), unread=unread)


def examine(  # noqa: PLR0913 - they are what a run is made of
    scenario: Scenario,
    history: History,
    environment: Environment | None,
    roster: Roster | None,
    *,
    abort: str | None = None,
    wrong: Sequence[str] = (),
) -> StoredRun:
    """Return a run from its parts, wherever they come from, with a sentence for whatever is wrong with them."""
    wrong = list(wrong)
    if not history.whole and not any(sentence.startswith(MANIFEST) for sentence in history.torn):
        wrong.append(NEVER_SEALED)
    wrong += history.torn
    shards = set(history.rows["who"].unique())
    for recorder in environment.recorders if environment else ():
        if recorder not in shards:
            wrong.append(f"history/{recorder}.arrow is missing or empty: nothing is known of what {recorder} saw")
    steady = dict(history.each(Kind.STEADY, columns=["outcome", "detail"]))
    never_steady = steady.get("fail") or "nobody said what was missing" if "fail" in steady else None
    moments = _moments(history, wrong, stormed=never_steady is None)
    if moments is None:  # then no stretch of time can be given for it, and it is why there is none
        wrong[:0] = _trouble(history)
    if not steady:
        wrong.append("the history does not say whether steady state was reached before the storm")
    harness_health = HarnessHealth(history)
    if harness_health.lag_p99_us is None:
        wrong.append("the fleet has recorded no operation")
    faults, unread = courses(history)
    wrong += unread
    return StoredRun(scenario, harness_health, environment, roster, moments, abort, faults, tuple(wrong), never_steady)


def _of_today(scenario: Scenario, what: str) -> Any:
    """Return what the target is today, for a run that did not write it down; nothing if it is not known here."""
    return getattr(TARGETS.get(scenario.target.name), what, ())


def _environment(folder: RunFolder, wrong: list[str]) -> Environment | None:
    try:
        return Environment.model_validate_json(read_stored(folder.environment))
    except (OSError, ValueError) as error:
        wrong.append(f"environment.json cannot be read ({short(error)})")
        return None


def _roster(folder: RunFolder, wrong: list[str]) -> Roster | None:
    try:
        return TypeAdapter(Roster).validate_json(read_stored(folder.roster, bytes_max=ROSTER_BYTES_MAX))
    except (OSError, ValueError) as error:
        wrong.append(f"roster.json cannot be read ({short(error)})")
        return None


def _ledger(folder: RunFolder, wrong: list[str]) -> tuple[ledger.Line, ...] | None:
    """Read what was broken and undone by the time when the run was sealed; none if nobody can."""
    sealed = read_seal(folder.history, [])
    try:
        return ledger.read(folder.ledger, until=None if sealed is None else sealed.ledger_bytes)
    except OSError as error:
        wrong.append(f"ledger.jsonl cannot be read ({short(error)}): nobody knows whether everything was undone")
        return None


def _left_behind(lines: Sequence[ledger.Line]) -> list[str]:
    """Return what the ledger cannot vouch for: it may have struck any part of the run."""
    wrong = []
    if (by := _gap(lines)) is not None:
        wrong.append(f"ledger.jsonl has lost lines of the {by}: nobody knows what they said")
    end = ledger.newest(lines, "end")
    if end is None:
        wrong.append("the ledger says nothing of an end: something of the run may still be broken or running")
    elif left := end.said.get("left"):
        wrong.append(f"the run ended while processes of it were left ({str(left)[:120]})")
    untried = []
    for fault_id, broken in ledger.open_breaks(lines):
        words = f"{fault_id}: {broken.action} {broken.subject}"
        if (why := ledger.why_not_healed(lines, fault_id, broken)) is None:
            untried.append(words)
        else:
            wrong.append(f"not healed by anybody, as the ledger says: {words} ({why[:200]})")
    if untried:
        still = count(len(untried), "break")
        wrong.append(f"the ledger does not say that everything was undone: {still} left, such as {untried[0]}")
    return wrong


def _gap(lines: Sequence[ledger.Line]) -> str | None:
    """Return whose lines are not all there: each writer counts its own, from 0 on, anew if it is started again."""
    next_seq: dict[str, int] = {}
    for line in lines:
        if line.seq not in (0, next_seq.get(line.by, 0)):
            return line.by
        next_seq[line.by] = line.seq + 1
    return None


def _abort(lines: Sequence[ledger.Line], history: History) -> str | None:
    said = [detail or "no reason was given" for detail in history.of(Kind.ABORT)["detail"].to_list()]
    said += [str(line.said.get("reason", "no reason was given")) for line in lines if line.what == "abort"]
    return said[0] if said else None


def asked_to_end(folder: RunFolder) -> str | None:
    """Return why somebody wanted the run ended, if so; also if that came too late for anybody to carry it out."""
    try:
        reason = read_stored(folder.abort_request).decode("utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"for a reason that cannot be read ({short(error)})"
    return reason.strip()[:500] or "no reason was given"


def _moments(history: History, wrong: list[str], *, stormed: bool) -> Moments | None:
    """Return when the phases began; an abort ends the run. What it never got to is put at its end, with a sentence.

    A run that was never steady has no storm and no recovery, and that is no damage.
    """
    began: dict[str, int] = {}
    for at_us, phase in history.each(Kind.PHASE, columns=["at_us", "detail"]):
        began.setdefault(str(phase), at_us)
    aborts = history.of(Kind.ABORT)["at_us"].to_list()
    if aborts:
        began["end"] = min(aborts[0], began.get("end", aborts[0]))
    for phase in ("warm_up", "storm", "recovery", "end") if stormed and not aborts else ("warm_up", "end"):
        if phase not in began:
            wrong.append(f"the history has no phase {phase!r}: the run did not get there")
    if "warm_up" not in began:
        return None
    end_us = began.get("end", _ended_us(history))
    recovery_us = began.get("recovery", end_us)
    return Moments(began["warm_up"], began.get("storm", recovery_us), recovery_us, end_us)


def _ended_us(history: History) -> int:
    """Return when a run ended that did not get to its end: at the trouble that ended it, else at its newest row.

    That trouble is the first one since the runner's last heartbeat: winding down takes seconds, and needs no heartbeat.
    """
    beat_us = max(_of_runner(history, Kind.HEARTBEAT), default=0)
    ended_us = [at_us for at_us in _of_runner(history, Kind.TROUBLE) if at_us >= beat_us]
    newest_us: int = history.rows["at_us"][-1]
    return min(ended_us, default=newest_us)


def _of_runner(history: History, kind: Kind) -> list[int]:
    return [at_us for at_us, who in history.each(kind, columns=["at_us", "who"]) if who == "runner"]


def _trouble(history: History) -> list[str]:
    said = dict.fromkeys(history.each(Kind.TROUBLE, columns=["who", "detail"]))
    return [f"{who}: {detail or 'trouble, with no reason given'}" for who, detail in said]


def short(error: Exception) -> str:
    """Return an error as a short line; what a file lacks or holds wrong goes without the error's name."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        return " ".join(f"{where}{': ' if where else ''}{first['msg']}".split())[:120]
    return f"{type(error).__name__}: {' '.join(str(error).split())[:120]}"
