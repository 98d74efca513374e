"""Interrupts at random moments: each ends with 3, or as the command would have, and leaves nothing.

One of each of some verbs; ``python -m tools.interrupts`` makes hundreds.
"""

from __future__ import annotations

import random

from tools.interrupts import SIGNALS, a_place, interrupted, measured, verbs

VERBS = ("run", "check", "heal", "dry run")


def test_an_interrupt_at_any_moment_is_3_or_the_verdict_and_leaves_nothing() -> None:
    chance = random.Random(19)
    with a_place() as place:
        for name in VERBS:
            verb = measured(place, name, verbs(live=False)[name])
            number, share = chance.choice(SIGNALS), chance.uniform(0.0, 1.0)
            came = interrupted(place, verb, number, share)
            assert came.wrong == (), f"{name}, {number.name} at {share:.2f}"
