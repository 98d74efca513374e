"""A link goes silent: bytes stall, connections stay, and what was stalled arrives after healing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from deadair.faults.fault import Fault, Proof, Setting, Sighting, Strikes
from deadair.injectors.injector import Break
from deadair.model.place import Place
from deadair.model.plural import count, was


class Partition(Fault):
    """A link goes silent: bytes stall, connections stay, and what was stalled arrives after healing.

    Facts of a look, all counters that only grow, about the side of the broken proxy that faces its clients:
    ``asked_bytes`` and ``asked_segments``: what clients sent and the proxy's kernel took; ``sent_bytes``: what was
    sent back; ``answered_bytes``: what of it clients' kernels acknowledged; ``missed``: how often the kernel could
    not tell us of a closed connection.

    Sightings ``during`` begin only after a grace in which bytes already on their way may still arrive. Proved:
    while it lasted clients went on sending and not one byte was sent back, on each broken proxy, and none of them was
    already stalled before: none whose clients had just asked and were answered nothing. Gone: after healing bytes
    reach the clients again. A link that nobody used while the fault lasted proves nothing.
    """

    kind: Literal["partition"] = "partition"
    strikes: ClassVar[Strikes] = "link"
    silences: ClassVar[bool] = True
    looks: ClassVar[int] = 2

    def breaks(self, where: Place, setting: Setting) -> tuple[Break, ...]:
        """Return one frozen proxy; for an outer link without a cohort, one of each cohort."""
        return tuple(Break("toxiproxy", "freeze", str(place)) for place in setting.proxies_of(where))

    def prove(self, sightings: Sequence[Sighting]) -> Proof:
        """Judge each broken proxy by itself; the whole is proved when each of them is."""
        subjects = sorted({sighting.subject for sighting in sightings})
        if not subjects:
            return Proof(False, False, "nobody looked at the link")
        doubts = {subject: _not_stalled([s for s in sightings if s.subject == subject]) for subject in subjects}
        stays = [subject for subject in subjects if not _flows([s for s in sightings if s.subject == subject])]
        why = [f"{subject}: {doubt}" for subject, doubt in doubts.items() if doubt]
        why += [f"{subject}: no byte reached its clients after healing" for subject in stays]
        proved = not any(doubts.values())
        return Proof(proved, not stays, "; ".join(why) or "bytes stalled while it lasted and flowed again after it")


def _not_stalled(sightings: Sequence[Sighting]) -> str:
    """Return why these looks at one proxy do not show a stall, nothing if they do."""
    before = [sighting.look.facts for sighting in sightings if sighting.when == "before"]
    during = [sighting.look.facts for sighting in sightings if sighting.when == "during"]
    if not before or len(during) < 2:
        return "it was not looked at before it was broken and twice while it was"
    first, last = during[0], during[-1]
    if stalled := _stalled_before(before):
        return stalled
    if last["missed"] > before[-1]["missed"]:
        return "the kernel's counts of closed connections overflowed"
    if last["sent_bytes"] > first["sent_bytes"]:
        sent = round(last["sent_bytes"] - first["sent_bytes"])
        return f"{count(sent, 'byte')} {was(sent)} sent to its clients while it was broken"
    if last["asked_segments"] <= first["asked_segments"]:
        return "nobody sent anything over it while it was broken"
    return ""


def _stalled_before(looks: Sequence[Mapping[str, int | float | bool]]) -> str:
    """Return why a proxy stood still before it was broken, nothing if it did not, as far as these looks show.

    What was asked in the first half of them has had the time to be answered by the last. Of two looks none is in
    between: what was asked by the second may be on its way.
    """
    first, middle, last = looks[0], looks[(len(looks) - 1) // 2], looks[-1]
    if last["asked_bytes"] > 0 and last["answered_bytes"] == 0:
        return "no byte had reached its clients before either"
    if middle["asked_segments"] > first["asked_segments"] and last["answered_bytes"] == first["answered_bytes"]:
        return "its clients asked and were answered nothing before it was broken: something else had silenced it"
    return ""


def _flows(sightings: Sequence[Sighting]) -> bool:
    """Say whether one proxy delivered bytes to its clients after healing."""
    broken = [sighting.look.facts for sighting in sightings if sighting.when == "during"]
    after = [sighting.look.facts for sighting in sightings if sighting.when == "after"]
    return bool(broken and after) and after[-1]["answered_bytes"] > broken[-1]["answered_bytes"]
