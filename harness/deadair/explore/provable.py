"""Whether the faults of a night can all be proved: a cut shows itself only where somebody has something to send.

A fault that is not proved makes its night unknown. What is known beforehand to hide another is not drawn. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from deadair.explore.envelope import Envelope
from deadair.explore.onsets import Onset
from deadair.model.place import PROVIDER
from deadair.scenario.model import Entry
from deadair.targets.target import Link, Target

LOOKED_AT = timedelta(minutes=4)
"""So long before a fault and after it its place is looked at, and must work."""
ON_ITS_WAY = timedelta(minutes=1)
"""How long before a cut ends a message must have come to it, at the latest; and after its begin, at the soonest."""


def all_provable(envelope: Envelope, timeline: Sequence[Entry], onsets: Sequence[Onset], target: Target) -> bool:
    """Say whether each fault can be seen to bite and to be gone."""
    links = {link.name: link for link in target.links}
    return all(_provable(entry, envelope, timeline, onsets, links) for entry in timeline)


def _provable(
    entry: Entry, envelope: Envelope, timeline: Sequence[Entry], onsets: Sequence[Onset], links: Mapping[str, Link]
) -> bool:
    link = links.get(entry.where.name)
    if link is None and entry.where.name != PROVIDER and not entry.fault.accounts_needed:
        return True  # a node that is killed or hangs is seen to be so, whoever asks it
    begins, ends = entry.at, entry.at + entry.lasts
    others = [other for other in timeline if other is not entry]
    pushes = entry.where.name == PROVIDER or (link is not None and link.leads_to == PROVIDER)
    if pushes:
        around = _carriers(entry, envelope)
    elif link is None:
        around = frozenset({entry.where.name})
    else:
        around = _ends(link, links)
    if link is not None and link.outer and not entry.fault.accounts_needed:
        # Clients try again and again, whatever is at the other end: it must work before and after.
        hiding = [(begins - LOOKED_AT, begins + LOOKED_AT), (ends, ends + LOOKED_AT)]
    else:
        hiding = [(begins - LOOKED_AT, ends + LOOKED_AT)]
    if any(_strikes(other, around) and _there(other, *stretch) for other in others for stretch in hiding):
        return False
    return not pushes or _somebody_is_told(entry, onsets, others, links)


def _somebody_is_told(
    entry: Entry, onsets: Sequence[Onset], others: Sequence[Entry], links: Mapping[str, Link]
) -> bool:
    """Say whether a message is sent over this place while the fault is there.

    Of one cohort there are few messages. When those come is known if one cut alone strikes it, and then to a minute.
    """
    cohort, begins, ends = entry.where.cohort, entry.at, entry.at + entry.lasts
    if cohort is not None:
        silencing = (other for other in others if (link := links.get(other.where.name)) is not None and link.outer)
        if sum(other.where.cohort in (None, cohort) and _there(other, timedelta(), ends) for other in silencing) > 1:
            return False
    margin = ON_ITS_WAY if cohort is not None else min(ON_ITS_WAY, entry.lasts / 4)
    return any(
        begins + margin <= onset.alerted <= ends - margin
        and onset.ends > ends + LOOKED_AT
        and cohort in (None, onset.cohort)
        for onset in onsets
    )


def _carriers(entry: Entry, envelope: Envelope) -> frozenset[str]:
    """Return the places that must work for an alert to come here: those of the first path that needs this one."""
    needs = ({place.name for place in path.needs} for path in envelope.faults.alert_paths)
    return frozenset(next((places for places in needs if entry.where.name in places), {entry.where.name}))


def _ends(link: Link, links: Mapping[str, Link]) -> frozenset[str]:
    """Return the places that must work for a fault of a link to be seen: itself, both ends, and what feeds it."""
    sender, arrow, _ = link.name.partition("→")
    feeds = [other.name for other in links.values() if other.outer and other.leads_to == sender]
    return frozenset({link.name, link.leads_to, *([sender, *feeds] if arrow else [])})


def _strikes(other: Entry, around: frozenset[str]) -> bool:
    """Say whether a fault strikes all of one of these places: of a cohort's share the rest goes on.

    At the push provider each fault hides another: what is refused or swallowed is neither late nor doubled.
    """
    return other.where.name in around and (other.where.cohort is None or other.where.name == PROVIDER)


def _there(other: Entry, since: timedelta, until: timedelta) -> bool:
    """Say whether a fault is there at some moment of a stretch."""
    return other.at < until and since < other.at + other.lasts
