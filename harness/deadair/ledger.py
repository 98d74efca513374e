"""The ledger of a run: each thing that must be undone, on disk before it is done. Knows no injector at work.

JSON lines, only ever appended, each synced before the deed it announces. Runner and guardian both write to it; a
line goes out in one write, so lines never mix. Words in ``what``:

- ``runner``: who runs (pid, start_ticks, run_id);
- ``guardian``: it watches (pid, start_ticks);  ``control``: where an injector is controlled (injector, address);
- ``process``: a process is about to be started (name, command), and has been (name, pid, start_ticks);
- ``break``, ``heal``, ``healed``: a break is about to be made, about to be undone, and known to be undone (fault,
  break);
- ``abort``: an abort was carried out (reason, healed, real_s);  ``end``: nothing is left to undo (reason);
- ``left``: the runner ends, and these processes would not (reason, pids): the guardian tries, then ``heal``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deadair.injectors.injector import Break
from deadair.model.clock import RunClock


@dataclass(frozen=True, slots=True)
class Line:
    """One line: who wrote it, its number among that writer's lines, when (on the run's axis), and what."""

    by: str
    seq: int
    at_us: int
    what: str
    said: Mapping[str, Any]


class Ledger:
    """One writer's hand on a run's ledger. Raises OSError if the disk refuses: then the deed must not be done."""

    def __init__(self, path: Path, *, by: str, clock: RunClock) -> None:
        self._by = by
        self._clock = clock
        self._seq = 0
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self.closed = False

    def write(self, what: str, **said: object) -> None:
        """Append a line; it is on disk when this returns."""
        line = {"by": self._by, "seq": self._seq, "at_us": self._clock.now_us(), "what": what, **said}
        text = json.dumps(line, ensure_ascii=False).encode() + b"\n"
        if os.write(self._file, text) != len(text):
            raise OSError("the disk took only a part of a ledger line: it is full")
        os.fsync(self._file)
        self._seq += 1

    def write_break(self, what: str, fault_id: str, broken: Break, **more: object) -> None:
        """Append a ``break``, ``heal`` or ``healed`` line."""
        self.write(what, fault=fault_id, **{"break": {**asdict(broken), "knobs": dict(broken.knobs)}}, **more)

    def close(self) -> None:
        """Close the file. Closing twice does nothing."""
        if not self.closed:
            self.closed = True
            os.close(self._file)


def read(path: Path) -> tuple[Line, ...]:
    """Return the lines that are whole; a torn last one, one torn by a crash in the middle, and rubbish are passed over.

    A line is written before its deed, so a torn line's deed was never begun. Raises OSError if there is no ledger.
    """
    lines = []
    for text in path.read_bytes().split(b"\n"):
        try:
            said = json.loads(text)
            line = Line(str(said.pop("by")), int(said.pop("seq")), int(said.pop("at_us")), str(said.pop("what")), said)
        except (ValueError, OverflowError, KeyError, TypeError, AttributeError, RecursionError):
            continue
        lines.append(line)
    return tuple(lines)


def open_breaks(lines: Sequence[Line]) -> tuple[tuple[str, Break], ...]:
    """Return each fault's breaks that were announced and are not known to be undone, in order."""
    left: dict[str, tuple[str, Break]] = {}
    for line in lines:
        if line.what not in ("break", "healed"):
            continue
        try:
            fault_id, broken = str(line.said["fault"]), Break(**line.said["break"])
        except (KeyError, TypeError):
            continue
        key = json.dumps([fault_id, broken.injector, broken.action, broken.subject])
        if line.what == "break":
            left[key] = (fault_id, broken)
        else:
            left.pop(key, None)
    return tuple(left.values())


def newest(lines: Sequence[Line], what: str) -> Line | None:
    """Return the newest line of a kind."""
    return next((line for line in reversed(lines) if line.what == what), None)
