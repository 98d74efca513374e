"""Work for processes that explore: items that answer, raise, die, hang, or draw a night and hash its history."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from deadair.explore.night import draw_night
from deadair.explore.night_run import outcome_of
from deadair.model.clock import pause
from deadair.targets.catalogue import TARGETS
from tests.unit.envelopes import read


@dataclass(frozen=True)
class Troubled:
    """Squares a number. ``deaths``: by item, how often it kills its process; a file for each remembers."""

    folder: Path
    dies: int = -1
    deaths: int = 0
    hangs: int = -1
    raises: int = -1

    def __call__(self, item: int) -> int:
        if item == self.raises:
            raise ValueError("no such item")
        if item == self.hangs:
            self._note(item)
            pause(3600)
        if item == self.dies and self._note(item) <= self.deaths:
            os.kill(os.getpid(), signal.SIGKILL)
        return item * item

    def _note(self, item: int) -> int:
        """Count how often an item was begun."""
        with (self.folder / f"begun-{item}").open("a") as file:
            file.write(f"{os.getpid()}\n")
        return len((self.folder / f"begun-{item}").read_text("utf-8").splitlines())


def history_of(number: int) -> str:
    """The hash of a tiny night's history."""
    night = draw_night(read(), TARGETS, seed=3, number=number)
    return outcome_of(night, TARGETS["reference"], ()).history_sha256
