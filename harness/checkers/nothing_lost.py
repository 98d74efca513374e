"""Each acknowledged reading is stored exactly once."""

from __future__ import annotations

from typing import Literal

from harness.checkers.rule import Rule


class NothingLost(Rule):
    """Each acknowledged reading is stored exactly once."""

    kind: Literal["nothing_lost"] = "nothing_lost"
