"""The JSON schema of a scenario file, for editors and for docs/scenarios.md."""

from __future__ import annotations

from typing import Any

from deadair.documents.json_schema import as_text, schema_of
from deadair.scenario.model import Scenario


def schema() -> dict[str, Any]:
    """Return the schema as plain values."""
    return schema_of(Scenario, "Dead Air scenario", tags=("kind",))


def schema_text() -> str:
    """Return the schema as it is kept in scenarios/schema.json."""
    return as_text(schema())
