"""Takes "too many" for some phones as an outage for all: one circuit breaker, tried with the oldest push alone."""

from __future__ import annotations

from deadair.reference.alerts.alarms import Push
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.nodes.notifier import Notifier


class OneCircuitForAll(Notifier):
    """Opens its circuit for everybody with one refusal, and closes it once the oldest push of all is taken."""

    _open = False

    def _due(self, most: int) -> tuple[list[Push], bool]:
        oldest = next((push for page in self._pages() for push in page), None)
        if not self._open or oldest is None:
            return super()._due(most)
        return [oldest] if self._rested(oldest, self._env.now()) else [], True

    async def _try(self, push: Push) -> bool:
        taken = await super()._try(push)
        self._open = not taken
        return taken


DEFECT = Defect(
    name="one-circuit-for-all",
    what=__doc__,
    seen="No report of one was found.",
    parts={Notifier: OneCircuitForAll},
    caught=(Catch("smoke/one-cohort-refused", "defence_in_depth"),),
)
