"""Both oracles say the same of whole nights in virtual time, of the good service and of bad ones."""

from __future__ import annotations

import pytest

from deadair.scenario.load import load
from deadair.scenario.shipped import shipped
from deadair.targets.catalogue import TARGETS
from tests.oracle.nights import compared

NIGHTS = [
    ("smoke/kill", ("timers-lost-on-restart",)),
    ("smoke/lows", ()),
    ("smoke/partition", ("disarmed-by-stored",)),
    ("smoke/provider", ()),
]


@pytest.mark.parametrize(("name", "defects"), NIGHTS)
def test_both_say_the_same_of_a_night(name: str, defects: tuple[str, ...]) -> None:
    found = compared(load(shipped()[name], target="reference"), TARGETS["reference"], defects)
    assert found.differences == ()
    assert sum(found.judged.values()) > 1_000
    assert bool(found.violated) == bool(defects)
