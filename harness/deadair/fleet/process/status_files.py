"""The small files by which the fleet's processes tell how they are. Replaced whole, so never half read."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from deadair.model.run_folder import RunFolder


class FleetStatus(BaseModel):
    """The fleet's newest summary of itself. A sketch for progress and steady state, never for the verdict."""

    model_config = ConfigDict(frozen=True)

    running: bool
    begin_us: int
    """When its devices and phones begin: nobody was there before."""
    at_us: int
    phones: int
    fresh: int
    """Phones that show a reading younger than reading_every + poll_every + 1 min."""
    blind: int
    presenting: int
    """Phones that present an alarm or a notice, by any path."""
    open: int
    """Silences now without an alert whose limit has not passed."""
    alerted: int
    """Silences so far that had an alert by one of the service's own alert paths within the limit."""
    late: int
    """Silences so far whose limit passed without an alert."""
    lag_ms_p99: float
    """Real milliseconds between intended and actual start of uploads and polls, over the last 5 real s."""


class LoadStatus(BaseModel):
    """How far a load process is. Counts are readings of a backlog, requests of an overload."""

    model_config = ConfigDict(frozen=True)

    ready: bool
    offered: int
    answered: int
    accepted: int
    done: bool


Status = TypeVar("Status", FleetStatus, LoadStatus)


def load_status_path(folder: RunFolder, fault_id: str) -> Path:
    """Return where the load process of a fault tells how far it is."""
    return folder.root / "control" / f"{fault_id}.status.json"


def load_go_path(folder: RunFolder, fault_id: str) -> Path:
    """Return the file whose existence begins the load."""
    return folder.root / "control" / f"{fault_id}.go"


def load_stop_path(folder: RunFolder, fault_id: str) -> Path:
    """Return the file whose existence ends the load."""
    return folder.root / "control" / f"{fault_id}.stop"


def write_status(path: Path, status: BaseModel) -> None:
    """Replace a status file whole. Raises OSError if the disk refuses."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(status.model_dump_json(), "utf-8")
    fresh.replace(path)


def read_as(kind: type[Status], path: Path) -> Status | None:
    """Read a status file; none if it is not there yet or not what it should be."""
    try:
        return kind.model_validate_json(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError):
        return None
