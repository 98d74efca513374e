"""The JSON schema of a kind of document, for editors and for the pages in docs/ that have all its fields."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from deadair.model.duration import show


class _AsWritten(GenerateJsonSchema):
    """Defaults appear as people write them: ``5m``, not ``PT5M``."""

    def encode_default(self, dft: object) -> Any:
        return show(dft) if isinstance(dft, timedelta) else super().encode_default(dft)


def schema_of(model: type[BaseModel], title: str, tags: Iterable[str]) -> dict[str, Any]:
    """Return the schema as plain values. ``tags``: the keys by which parts are told apart; none can be left out."""
    made = model.model_json_schema(schema_generator=_AsWritten)
    for part in (made, *made["$defs"].values()):
        part.pop("title", None)
        for name, field in part.get("properties", {}).items():
            field.pop("title", None)
            if "patternProperties" in field:
                field["additionalProperties"] = False
            if name in tags and "const" in field:
                field.pop("default", None)
                part["required"] = [name, *(each for each in part.get("required", []) if each != name)]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **made}


def as_text(schema: dict[str, Any]) -> str:
    """Return a schema as it is kept in a file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
