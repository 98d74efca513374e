"""The JSON schema of a target file, for editors and for docs/target-file.md."""

from __future__ import annotations

from typing import Any

from deadair.documents.json_schema import as_text, schema_of
from deadair.targets.described.target_file import TargetFile


def target_schema() -> dict[str, Any]:
    """Return the schema as plain values."""
    return schema_of(TargetFile, "Dead Air target", tags=("channel",))


def target_schema_text() -> str:
    """Return the schema as it is kept in scenarios/target-schema.json."""
    return as_text(target_schema())
