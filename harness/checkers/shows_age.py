"""No phone shows an old reading as current, an invented one, or a blank once it had one."""

from __future__ import annotations

from typing import Literal

from harness.checkers.rule import Rule


class ShowsAge(Rule):
    """No phone shows an old reading as current, an invented one, or a blank once it had one."""

    kind: Literal["shows_age"] = "shows_age"
