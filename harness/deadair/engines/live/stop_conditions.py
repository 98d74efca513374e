"""Whether a run may go on: asked many times a second, answers by raising. Knows no phase and no fault's meaning.

Three ways to end early, each kept apart to the end: somebody asked for it, a part of the harness failed, or the run
outlived its limit.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from deadair.engines.early_end import AbortedError, TroubleError, WallLimitError
from deadair.guardian import beat_path, healed_path
from deadair.history.recorder import Recorder
from deadair.injectors.running_node import RunningNode
from deadair.model.clock import Deadline, pause
from deadair.model.run_folder import RunFolder

GUARDIAN_HEALS_S = 3.0
"""How long the runner waits for the guardian to carry out an abort, before it heals by itself."""
LOG_TAIL_BYTES = 64 * 1024
GUARDIAN_BEATS_S = 2.5
"""How long the guardian may show nothing. It beats five times a second; one that hangs would heal nobody."""
AWAY_S = 1.0
"""Who did not look for so long may itself have stood still, and cannot say that another did."""


class StopConditions:
    """Looks after one run. Processes are watched once they are handed in."""

    def __init__(
        self,
        folder: RunFolder,
        recorder: Recorder,
        guardian: RunningNode,
        *,
        wall: Deadline,
        hide: Callable[[str], str] = str,
    ) -> None:
        """``hide`` takes out of what processes said what nobody else may see."""
        self._folder = folder
        self._recorder = recorder
        self._guardian = guardian
        self._wall = wall
        self._hide = hide
        self._watched: dict[str, RunningNode] = {}
        self._beat_ns = 0
        self._beat_due = Deadline.after(float("inf"))
        self._looks_next = Deadline.after(AWAY_S)
        self.expected_dead: set[str] = set()
        """Nodes that a fault keeps dead now."""

    def watch(self, process: RunningNode) -> None:
        """Watch this process, in place of an earlier one of its name."""
        self._watched[process.name] = process

    def forget(self, process: RunningNode) -> None:
        """Watch this process no more: it is about to be ended."""
        self._watched.pop(process.name, None)

    def check(self) -> None:
        """Raise AbortedError, TroubleError or WallLimitError if the run must end; beat the recorder otherwise."""
        self._recorder.tick()
        if (asked := self.asked_to_end()) is not None:
            raise asked
        if self._wall.passed():
            raise WallLimitError(
                "the run outlived its wall limit and was ended; the machine is too busy, or a part hangs (see logs/)"
            )
        if self._guardian.ended() is not None:
            raise TroubleError("the guardian died: nobody would heal after a dead runner")
        if self._guardian_hangs():
            stood_s = f"{GUARDIAN_BEATS_S:g} s"
            raise TroubleError(f"the guardian has stood still for {stood_s}: nobody would heal after a dead runner")
        for name, process in self._watched.items():
            if name not in self.expected_dead and (code := process.ended()) is not None:
                raise TroubleError(f"{name} ended by itself ({_how(code)}){self.last_words(name)}")

    def last_words(self, name: str) -> str:
        """Return the last line of a process's log, to be added to a sentence; nothing if it said nothing."""
        return last_words(self._folder.logs, name, self._hide)

    def _guardian_hangs(self) -> bool:
        """Say whether the guardian, once it has begun to watch, has shown nothing for too long."""
        was_away, self._looks_next = self._looks_next.passed(), Deadline.after(AWAY_S)
        try:
            beat_ns = beat_path(self._folder).stat().st_mtime_ns
        except OSError:
            beat_ns = self._beat_ns
        if beat_ns != self._beat_ns or (was_away and self._beat_ns):
            self._beat_ns, self._beat_due = beat_ns, Deadline.after(GUARDIAN_BEATS_S)
        return self._beat_due.passed()

    def asked_to_end(self) -> AbortedError | None:
        """Return the abort that somebody asked for, once the guardian has healed everything; none if nobody did."""
        return AbortedError(self._reason()) if self._folder.abort_request.exists() else None

    def _reason(self) -> str:
        """Wait until the guardian has healed, within a limit, and return why."""
        limit = Deadline.after(GUARDIAN_HEALS_S)
        while not healed_path(self._folder).exists() and self._guardian.ended() is None and not limit.passed():
            pause(0.02)
        try:
            return (
                self._folder.abort_request.read_text("utf-8", errors="replace").strip()[:500] or "no reason was given"
            )
        except OSError:
            return "the request cannot be read"


def last_words(logs: Path, name: str, hide: Callable[[str], str] = str) -> str:
    """Return the last line of a process's log, to be added to a sentence; nothing if it said nothing."""
    try:
        with (logs / f"{name}.log").open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - LOG_TAIL_BYTES))
            tail = hide(log.read(LOG_TAIL_BYTES).decode(errors="replace"))
    except OSError:
        return ""
    said = [line.strip() for line in tail.split("\n") if line.strip()]
    return f", last words: {said[-1][:200]}" if said else f"; see logs/{name}.log"


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
