"""What faults want of the push provider's stand-in, and what it says that it did: the files by which they talk.

Each fault has a file of its own, so that several may be there at once and each is withdrawn by itself. Who carries the
orders out is ``deadair.fleet.channels.provider_desk``; who gives them is ``deadair.injectors.push_provider``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from deadair.injectors.injector import Break
from deadair.model.place import Place

FLEET_TELLS = ".fleet"
"""The fleet tells, too, where alerts are part of the answers to its phones."""
ENDING = ".push.json"


class ProviderOrder(BaseModel):
    """What one fault wants. ``cohort``: whose messages it strikes; none: everybody's."""

    model_config = ConfigDict(frozen=True)

    action: str
    cohort: str | None = None
    status: int = 503
    """With which HTTP status it refuses."""
    retry_after_s: float = 0.0
    """How many real-life seconds it asks to wait; 0: it does not say."""
    delay_s: float = 0.0
    """How many real-life seconds later it delivers what it took."""
    apart_s: float = 0.0
    """How many real-life seconds after the first it delivers the second of two."""

    @classmethod
    def of(cls, broken: Break) -> ProviderOrder:
        """Return what a break orders."""
        return cls(action=broken.action, cohort=Place.parse(broken.subject).cohort, **broken.knobs)


class Told(BaseModel):
    """What the provider said last. ``counts``: messages so far by cohort and by what became of them."""

    model_config = ConfigDict(frozen=True)

    obeys: tuple[str, ...] = ()
    """The ids of the faults whose orders it carries out now."""
    counts: Mapping[str, Mapping[str, float]] = {}

    def counted(self, cohort: str | None, what: str) -> float:
        """Return the count of one cohort, or without one of all messages."""
        return sum(counts.get(what, 0) for name, counts in self.counts.items() if cohort in (None, name))


def order_path(control: Path, fault_id: str) -> Path:
    """Return the file whose existence is the order of a fault."""
    return control / f"{fault_id}{ENDING}"


def told_path(control: Path, who: str = "") -> Path:
    """Return the file in which the provider tells. ``who``: another part that stands for it, see ``FLEET_TELLS``."""
    return control / f"push.status{who}.json"


def read_orders(control: Path) -> Mapping[str, ProviderOrder]:
    """Return the orders that stand now, by their faults' ids. A file that is none is no order."""
    found = {}
    for path in sorted(control.glob(f"*{ENDING}")):
        try:
            found[path.name.removesuffix(ENDING)] = ProviderOrder.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            continue
    return found


def write_order(control: Path, fault_id: str, order: ProviderOrder) -> None:
    """Give an order. Raises OSError if the disk refuses."""
    _replace(order_path(control, fault_id), order)


def read_told(control: Path, who: str = "") -> Told:
    """Return what was told last; nothing yet is nothing."""
    try:
        return Told.model_validate_json(told_path(control, who).read_bytes())
    except (OSError, ValidationError):
        return Told()


def write_told(control: Path, told: Told, *, who: str = "") -> None:
    """Tell. Raises OSError if the disk refuses."""
    _replace(told_path(control, who), told)


def _replace(path: Path, said: BaseModel) -> None:
    """Write a file whole, so that it is never half read. Raises OSError if the disk refuses."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(said.model_dump_json(), "utf-8")
    fresh.replace(path)
