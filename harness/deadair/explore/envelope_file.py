"""Envelope files: strict YAML to the model, and whether an envelope makes sense for its target.

Whatever is wrong is a ScenarioError whose lines read ``file:line:column: field: what is wrong; what to write``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deadair.documents.dialect import Dialect, FieldPath, Spot
from deadair.documents.document_file import read_text
from deadair.documents.error_text import nearest
from deadair.documents.json_schema import as_text, schema_of
from deadair.documents.model_spots import spot_in
from deadair.documents.strict import read
from deadair.explore.envelope import Envelope
from deadair.explore.envelope_problems import problems
from deadair.model.errors import ScenarioError
from deadair.model.excerpt import excerpt, printable
from deadair.scenario.shipped import ENVELOPES
from deadair.targets.target import Target


def load_envelope(path: Path, targets: Mapping[str, Target]) -> Envelope:
    """Read an envelope's file. Raises ScenarioError for anything that cannot be taken."""
    return envelope_of(read_text(path, DIALECT.noun), printable(str(path)), targets)


def envelope_of(text: str, name: str, targets: Mapping[str, Target]) -> Envelope:
    """Read an envelope's text; ``name`` is its name in errors. Raises ScenarioError."""
    document = read(text, name, Envelope, DIALECT)
    document.refuse(problems(document.value, targets))
    return document.value


def envelope_named(word: str) -> Path:
    """Return the file of an envelope: what is on disk wins over the name of one that is shipped.

    Raises ScenarioError, with the nearest name, if there is none.
    """
    path = Path(word)
    if path.suffix in (".yaml", ".yml"):
        return path
    files = {file.stem: file for file in sorted(ENVELOPES.glob("*.yaml"))}
    if word not in files:
        raise ScenarioError(f"{excerpt(word, quotes=False)}: there is no such envelope{nearest(word, files)}")
    return files[word]


def envelope_schema() -> dict[str, Any]:
    """Return the schema as plain values."""
    return schema_of(Envelope, "Dead Air envelope", tags=("kind",))


def envelope_schema_text() -> str:
    """Return the schema as it is kept in scenarios/envelope-schema.json."""
    return as_text(envelope_schema())


def _spot(location: FieldPath) -> Spot:
    return spot_in(Envelope, location)


DIALECT = Dialect("envelope", "docs/exploring.md", _spot)
