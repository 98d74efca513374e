"""No scenario proves nothing: each one is held to a defect or to a profile, and fails on it."""

from __future__ import annotations

import pytest

from deadair.reference.defects.catalogue import CATCHES, PROFILES, of_profile
from deadair.scenario.load import load
from deadair.scenario.shipped import shipped
from tools.seeds import judged, scaled


def test_every_scenario_but_an_incident_is_held_to_a_defect() -> None:
    there = {name for name in shipped() if name.startswith(("smoke/", "gate/", "own/", "nights/", "regressions/"))}
    assert there == {catch.scenario for catch in (*(catch for _, catch in CATCHES), *PROFILES.values())}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_service_with_all_defects_of_a_profile_fails_its_night(profile: str) -> None:
    """A tenth of the fleet is enough."""
    catch = PROFILES[profile]
    found = judged(scaled(load(shipped()[catch.scenario]), 0.1), of_profile(profile))
    assert catch.rule in [finding.rule for finding in found.findings if finding.verdict == "fail"]
