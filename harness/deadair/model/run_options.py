"""How scenarios are run, and on which build of their target: what a command line chooses for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deadair.model.phone_trace import Wish


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The choice. A profile names a set of planted defects; ``trace``: whom to follow."""

    engine: str = "live"
    profile: str | None = None
    defects: tuple[str, ...] = ()
    trace: Wish | None = None
    target: str | None = None
    """Which target, instead of the scenarios' own."""
    target_folders: tuple[Path, ...] = ()
    """The folders of targets that the user named."""
    allow: Path | None = None
    """The file in which a person allows what is refused otherwise."""
