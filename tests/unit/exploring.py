"""What tests of an exploration look at: the counted outcome of nights that were not run."""

from __future__ import annotations

from deadair.explore.coverage_table import allowed
from deadair.explore.exploration import Found, Order
from deadair.explore.item_work import Ended
from deadair.explore.night import draw_night
from deadair.explore.night_run import NightOutcome
from deadair.explore.sometimes import SOMETIMES
from deadair.model.verdict import Verdict
from deadair.targets.catalogue import TARGETS
from tests.unit.envelopes import read

TINY_ENVELOPE = read()
ALL_MET = {each.name: 1 for each in SOMETIMES}


def outcome(number: int, verdict: Verdict = Verdict.PASS, **said: object) -> NightOutcome:
    """A night that met everything there is."""
    scenario = draw_night(TINY_ENVELOPE, TARGETS, seed=1, number=number).scenario
    parts = {
        "why": "because",
        "met": ALL_MET,
        "cells": tuple(allowed(TINY_ENVELOPE)),
        "violated": ("no_data_deadline",) if verdict is Verdict.FAIL else (),
        "scenario": None if verdict is Verdict.PASS else scenario,
    }
    return NightOutcome(number, verdict, **{**parts, **said})  # type: ignore[arg-type]


def found(*outcomes: NightOutcome, lost: int = 0, **order: object) -> Found:
    """An exploration of these nights."""
    counted = Found(Order(TINY_ENVELOPE, seed=1, nights=len(outcomes) + lost, **order))  # type: ignore[arg-type]
    for each in outcomes:
        counted.take(Ended(each.number, each))
    for number in range(lost):
        counted.take(Ended(1000 + number, None, "its process ended by itself (exit code -9)"))
    counted.took_s = 30.0
    return counted
