"""What an envelope has to choose from: each kind of fault at each of its places, and which of them silence. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from deadair.explore.envelope import Envelope, FaultRange
from deadair.faults.catalogue import FAULTS
from deadair.faults.fault import Fault
from deadair.model.place import Place
from deadair.targets.target import Target

KINDS: Mapping[str, type[Fault]] = {str(fault.model_fields["kind"].default): fault for fault in FAULTS}


class Choice(NamedTuple):
    """A kind of fault at one of its places."""

    range: FaultRange
    where: Place


def fault_of(kind: str, knobs: Mapping[str, object]) -> Fault:
    """Return a fault of a kind with these knobs. Raises pydantic's ValidationError."""
    return KINDS[kind].model_validate({"kind": kind, **knobs})


def choices(envelope: Envelope) -> tuple[Choice, ...]:
    """Return all that may break, in the envelope's order."""
    return tuple(Choice(each, where) for each in envelope.faults.kinds for where in each.where)


def silencers(envelope: Envelope, target: Target) -> tuple[Choice, ...]:
    """Return what keeps readings from phones for longer than the shortest T, wherever it strikes on their way."""
    shortest = min(envelope.fleet.no_data_after)
    return tuple(
        each
        for each in choices(envelope)
        if each.where.name in target.reading_path
        and KINDS[each.range.kind].silences
        and each.range.lasts.most > shortest
    )
