"""What becomes of one item, wherever it is done: its result, or one sentence of why there is none. Knows no process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

WorkItem = TypeVar("WorkItem")
WorkResult = TypeVar("WorkResult")
LOOK_EVERY_S = 1.0
"""Real seconds, at the most, between two questions whether to go on."""


@dataclass(frozen=True, slots=True)
class Ended(Generic[WorkItem, WorkResult]):
    """An item that was done: its result, or one sentence of why there is none."""

    item: WorkItem
    result: WorkResult | None
    lost: str = ""


def attempt(work: Callable[[WorkItem], WorkResult], item: WorkItem) -> tuple[WorkResult | None, str]:
    """Do an item. Whatever it raises is named, and the next item is done."""
    try:
        return work(item), ""
    except Exception as error:  # noqa: BLE001 - whatever it is, it is named
        return None, f"{type(error).__name__}: {' '.join(str(error).split())[:500]}"
