"""Lets the push provider's stand-in refuse messages: by one file that it watches, and one in which it tells.

Both sides of the two files are here; who answers senders is ``deadair.fleet.channels.push_gateway``.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from deadair.injectors.injection_worlds import SimulatedProvider
from deadair.injectors.injector import Break, Look
from deadair.injectors.injector_entry import InjectorEntry
from deadair.model.clock import Deadline, pause
from deadair.model.errors import HarnessError

TAKE_LIMIT_S = 3.0
"""Real seconds the provider may take to see a file; it looks six times a second."""


FLEET_TELLS = ".fleet"
"""The fleet tells, too, where alerts are part of the answers to its phones."""


class Outage(BaseModel):
    """How the provider is to refuse. ``retry_after_s``: real-life seconds, 0: it does not say."""

    model_config = ConfigDict(frozen=True)

    status: int
    retry_after_s: float


class Told(BaseModel):
    """What the provider said last."""

    model_config = ConfigDict(frozen=True)

    refusing: bool = False
    refused: int = 0


def order_path(control: Path) -> Path:
    """Return the file whose existence makes the provider refuse."""
    return control / "push.refuse.json"


def told_path(control: Path, who: str = "") -> Path:
    """Return the file in which the provider tells. ``who``: another part that stands for it, see ``FLEET_TELLS``."""
    return control / f"push.status{who}.json"


def read_order(control: Path) -> Outage | None:
    """Return how the provider is to refuse now, none if it is not to."""
    try:
        return Outage.model_validate_json(order_path(control).read_bytes())
    except (OSError, ValidationError):
        return None


def write_told(control: Path, told: Told, *, who: str = "") -> None:
    """Tell. Raises OSError if the disk refuses."""
    _replace(told_path(control, who), told)


class Provider:
    """The injector of ``refuse``, by the files of a run's ``control`` folder."""

    def __init__(self, control: Path) -> None:
        self._control = control

    def begin(self, broken: Break) -> None:
        """Let the provider refuse, and wait until it says so. Raises HarnessError if it does not."""
        outage = Outage(status=int(broken.knobs["status"]), retry_after_s=float(broken.knobs["retry_after_s"]))
        _replace(order_path(self._control), outage)
        if not self._says(refusing=True):
            raise HarnessError(f"the push provider does not say that it refuses within {TAKE_LIMIT_S:g} s")

    def look(self, broken: Break) -> Look:
        """Return what the provider said last."""
        told = self._told()
        return Look({"refusing": told.refusing, "refused": told.refused})

    def heal(self, broken: Break) -> None:
        """Let the provider take messages again, and wait until it says so."""
        order_path(self._control).unlink(missing_ok=True)
        self._says(refusing=False)

    def healed(self, broken: Break) -> bool:
        """Say whether the provider takes messages and is to do so."""
        return not order_path(self._control).exists() and not any(told.refusing for told in self._every())

    def _says(self, *, refusing: bool) -> bool:
        limit = Deadline.after(TAKE_LIMIT_S)
        while any(told.refusing is not refusing for told in self._every()):
            if limit.passed():
                return False
            pause(0.02)
        return True

    def _told(self) -> Told:
        """Return what all that stand for the provider say together."""
        every = self._every()
        return Told(refusing=all(told.refusing for told in every), refused=sum(told.refused for told in every))

    def _every(self) -> list[Told]:
        paths = [told_path(self._control), told_path(self._control, FLEET_TELLS)]
        return [self._read(path) for path in paths if path is paths[0] or path.exists()]

    @staticmethod
    def _read(path: Path) -> Told:
        try:
            return Told.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            return Told()


class SimulatedRefuser:
    """The same in virtual time."""

    def __init__(self, provider: SimulatedProvider) -> None:
        self._provider = provider

    def begin(self, broken: Break) -> None:
        """Let it refuse."""
        knobs = broken.knobs
        self._provider.refuse(status=int(knobs["status"]), retry_after_s=float(knobs["retry_after_s"]))

    def look(self, broken: Break) -> Look:
        """Say whether it refuses, and how many messages it has refused."""
        return Look({"refusing": self._provider.refusing, "refused": self._provider.refused})

    def heal(self, broken: Break) -> None:
        """Let it take messages again."""
        self._provider.accept()

    def healed(self, broken: Break) -> bool:
        """Say whether it takes messages."""
        return not self._provider.refusing


def _replace(path: Path, said: BaseModel) -> None:
    """Write a file whole, so that it is never half read. Raises OSError if the disk refuses."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(said.model_dump_json(), "utf-8")
    fresh.replace(path)


PROVIDER = InjectorEntry(
    "provider",
    ("refuse",),
    live=lambda world, fault_id: Provider(world.control),
    simulated=lambda world, fault_id: SimulatedRefuser(world.provider),
    undo=lambda run, fault_id: Provider(run.control),
    ends_with_run=True,
)
