"""Reads the first page of those whom it watches when it starts, and never turns over."""

from __future__ import annotations

from deadair.reference.alerts.alarms import Watched
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.nodes.watchdog import Watchdog

PAGE = 50


class FirstPageOnly(Watchdog):
    """Knows the others again only when their phones are heard of."""

    def remembered(self) -> list[Watched]:
        """Remember a page."""
        return super().remembered()[:PAGE]


DEFECT = Defect(
    name="first-page-only",
    what=__doc__,
    seen="No report of one was found. A list that is right until it has more than one page passes every small test.",
    parts={Watchdog: FirstPageOnly},
    caught=(Catch("smoke/kill"),),
)
