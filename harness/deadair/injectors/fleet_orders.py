"""Tells a run's fleet what its people and phones do: by files that it watches and answers, or by a call.

Both sides of the files are here; who obeys is ``deadair.fleet``. An order is given once, and the next one only after it
was obeyed, so that everybody does things in the order in which they were told.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deadair.model.clock import Deadline, pause
from deadair.model.errors import HarnessError

OBEY_LIMIT_S = 3.0
"""Real seconds the fleet may take to obey; it looks fifty times a second."""
LOOK_EVERY_REAL_S = 0.02


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


_Kind = TypeVar("_Kind", bound=_Said)


class FleetOrder(_Said):
    """What the people who hold some phones are to do."""

    does: str
    phones: tuple[int, ...]
    lasts_us: int = Field(0, ge=0)
    """Real-life microseconds that it is to last; 0: it has no end of its own, or none at all."""


class Obeyed(_Said):
    """The fleet's answer to an order. ``phones``: how many it did something to."""

    phones: int = Field(ge=0)


class OrderFiles:
    """The files of a run's ``control`` folder: one for each order, and one for each answer."""

    def __init__(self, control: Path) -> None:
        self._control = control
        self._number = 0

    def give(self, order: FleetOrder) -> int:
        """Write an order down, and wait for its answer. Raises HarnessError if none comes, or OSError."""
        self._number += 1
        _write(self._order_path(), order)
        limit = Deadline.after(OBEY_LIMIT_S)
        while (answer := _read(self._answer_path(), Obeyed)) is None:
            if limit.passed():
                raise HarnessError(f"the fleet does not obey an order to {order.does} within {OBEY_LIMIT_S:g} s")
            pause(LOOK_EVERY_REAL_S)
        return answer.phones

    def next(self) -> FleetOrder | None:
        """Return the order that is to be obeyed next, none if there is none yet."""
        self._number += 1
        order = _read(self._order_path(), FleetOrder)
        if order is None:
            self._number -= 1
        return order

    def obeyed(self, phones: int) -> None:
        """Answer the order that was taken last. Raises OSError if the disk refuses."""
        _write(self._answer_path(), Obeyed(phones=phones))

    def _order_path(self) -> Path:
        return self._control / f"fleet.order-{self._number}.json"

    def _answer_path(self) -> Path:
        return self._control / f"fleet.obeyed-{self._number}.json"


def _write(path: Path, said: BaseModel) -> None:
    """Write a file whole, so that it is never half read."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(said.model_dump_json(), "utf-8")
    fresh.replace(path)


def _read(path: Path, kind: type[_Kind]) -> _Kind | None:
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
