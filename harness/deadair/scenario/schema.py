"""The JSON schema of a scenario file, for editors and for docs/scenarios.md."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from deadair.model.duration import show
from deadair.scenario.model import Scenario


class _AsWritten(GenerateJsonSchema):
    """Defaults appear as people write them: ``5m``, not ``PT5M``."""

    def encode_default(self, dft: object) -> Any:
        return show(dft) if isinstance(dft, timedelta) else super().encode_default(dft)


def schema() -> dict[str, Any]:
    """Return the schema as plain values."""
    made = Scenario.model_json_schema(schema_generator=_AsWritten)
    for part in (made, *made["$defs"].values()):
        part.pop("title", None)
        for name, field in part["properties"].items():
            field.pop("title", None)
            if "patternProperties" in field:
                field["additionalProperties"] = False
            if name == "kind":
                # The loader tells faults and rules apart by it, so it can never be left out.
                del field["default"]
                part["required"] = ["kind", *part.get("required", [])]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Dead Air scenario", **made}


def schema_text() -> str:
    """Return the schema as it is kept in scenarios/schema.json."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
