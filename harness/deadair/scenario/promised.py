"""Whether what a scenario promises could be seen at all: silences, and alert paths that tell of them.

Pure. Knows the model only.
"""

from __future__ import annotations

from collections.abc import Iterator

from deadair.model.count import count
from deadair.scenario.error_text import Problem
from deadair.scenario.model import Scenario

SILENCES_PER_PHONE_MAX = 10
"""No storm that fits into a run blinds a phone anew more often."""


def vain_promises(scenario: Scenario) -> Iterator[Problem]:
    """Refuse promises that no run could keep."""
    promised = scenario.promises.silences
    phones = scenario.fleet.devices * scenario.fleet.followers_per_device
    most = phones * SILENCES_PER_PHONE_MAX
    if promised > most:
        what = f"{count(promised, 'silence')} are more than {count(phones, 'phone')} can have; write {most} or less"
        yield Problem(("promises", "silences"), what)
