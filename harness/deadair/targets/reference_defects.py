"""Which scenarios are held to which of the reference's planted defects, and by which rule, as plain names."""

from __future__ import annotations

from collections.abc import Mapping

from deadair.reference.defects.catalogue import DEFECTS

HELD_TO: Mapping[str, Mapping[str, str]] = {
    defect.name: {catch.scenario: catch.rule for catch in defect.caught} for defect in DEFECTS
}
"""By defect and scenario, the one rule that is violated there."""
