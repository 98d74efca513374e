"""The ledger of a run: each thing that must be undone, on disk before it is done. Knows no injector at work.

JSON lines, only ever appended, each synced before the deed it announces. Runner and guardian both write to it; a
line goes out in one write, so lines never mix. Words in ``what``:

- ``runner``: who runs (pid, start_ticks, run_id);
- ``runtime``: how nodes run, and what whoever cleans up has to know of that (name, and what the runtime adds);
- ``guardian``: it watches (pid, start_ticks);  ``control``: where an injector is controlled (injector, address);
- ``process``: a process is about to be started (name, command), and has been (name, pid, start_ticks);
- ``break``, ``heal``, ``healed``: a break is about to be made, about to be undone, and known to be undone (fault,
  break);  ``not_healed``: it was tried, and the break may still be there (fault, break, reason);
- ``abort``: an abort was carried out (reason, breaks, healed, ends_with_run, not_healed, how, real_s);
- ``end``: nothing is left to undo (reason);
- ``left``: the runner ends, and these processes, breaks or other things are left (reason, pids, breaks or kept): the
  guardian tries, then ``heal``.
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
from deadair.model.stored_file import read_stored

UNREADABLE = "unreadable"
"""The injector of a break whose line cannot be read. There is none of that name, so nobody calls it healed."""
SHOWN_MAX = 120


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
        """Append a ``break``, ``heal``, ``healed`` or ``not_healed`` line."""
        self.write(what, fault=fault_id, **{"break": {**asdict(broken), "knobs": dict(broken.knobs)}}, **more)

    def close(self) -> None:
        """Close the file. Closing twice does nothing."""
        if not self.closed:
            self.closed = True
            os.close(self._file)


def read(path: Path, *, until: int | None = None) -> tuple[Line, ...]:
    """Return the lines that are whole; a torn last one, one torn by a crash in the middle, and rubbish are passed over.

    ``until``: only the first so many bytes. A line is written before its deed, so a torn line's deed was never begun.
    Raises OSError if there is no ledger.
    """
    lines = []
    for text in read_stored(path)[:until].split(b"\n"):
        try:
            said = json.loads(text)
            line = Line(str(said.pop("by")), int(said.pop("seq")), int(said.pop("at_us")), str(said.pop("what")), said)
        except (ValueError, OverflowError, KeyError, TypeError, AttributeError, RecursionError):
            continue
        lines.append(line)
    return tuple(lines)


def open_breaks(lines: Sequence[Line]) -> tuple[tuple[str, Break], ...]:
    """Return each fault's breaks that were announced and are not known to be undone, in order.

    A break whose line is whole and cannot be understood is one of them, with the injector ``UNREADABLE``.
    """
    left: dict[str, tuple[str, Break]] = {}
    for line in lines:
        if line.what == "break":
            fault_id, broken = _break_in(line)
            left[_key(fault_id, broken)] = (fault_id, broken)
        elif line.what == "healed":
            left.pop(_key(*_break_in(line)), None)
    return tuple(left.values())


def why_not_healed(lines: Sequence[Line], fault_id: str, broken: Break) -> str | None:
    """Return the newest reason why an open break could not be undone; none if nobody wrote one down."""
    tried = (line for line in reversed(lines) if line.what == "not_healed")
    key = _key(fault_id, broken)
    return next((str(line.said.get("reason")) for line in tried if _key(*_break_in(line)) == key), None)


def _key(fault_id: str, broken: Break) -> str:
    return json.dumps([fault_id, broken.injector, broken.action, broken.subject])


def _break_in(line: Line) -> tuple[str, Break]:
    """Return the fault and the break that a line is about."""
    fault_id, said = line.said.get("fault"), line.said.get("break")
    try:
        broken = Break(**said)  # type: ignore[arg-type]
    except TypeError:
        broken = Break("", "", "", {})
    words = (fault_id, broken.injector, broken.action, broken.subject)
    if all(isinstance(word, str) and word for word in words) and isinstance(broken.knobs, Mapping):
        return str(fault_id), broken
    return str(fault_id), Break(UNREADABLE, "break", json.dumps(said, ensure_ascii=False)[:SHOWN_MAX])


def newest(lines: Sequence[Line], what: str) -> Line | None:
    """Return the newest line of a kind."""
    return next((line for line in reversed(lines) if line.what == what), None)
