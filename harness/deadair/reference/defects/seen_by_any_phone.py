"""Takes a reading that one phone of an account shows for one that all of them show."""

from __future__ import annotations

from deadair.reference.accounts.follows import Follow
from deadair.reference.alerts.evidence import EvidenceSender
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.settings import Settings


class SeenByAnyPhone(EvidenceSender):
    """Knows accounts, and no phones of theirs."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self._of_account: dict[tuple[int, int], dict[int, Follow]] = {}

    def registered(self, follow: Follow) -> None:
        """Remember it beside the others of its account."""
        self._of_account.setdefault((follow.follower, follow.patient), {})[follow.number] = follow
        super().registered(follow)

    def confirmed(self, follow: Follow, shown_s: float, *, acknowledged_s: float, snoozed_until_s: float) -> None:
        """Tell it of each of them."""
        said = {"acknowledged_s": acknowledged_s, "snoozed_until_s": snoozed_until_s}
        super().confirmed(follow, shown_s, **said)
        for number, other in self._of_account.get((follow.follower, follow.patient), {}).items():
            if number != follow.number and not other.revoked:
                super().confirmed(other, shown_s, **said)


DEFECT = Defect(
    name="seen-by-any-phone",
    what=__doc__,
    seen="The reference itself, which knew one follow for each account before each phone had its own.",
    parts={EvidenceSender: SeenByAnyPhone},
    caught=(Catch("smoke/families"),),
)
