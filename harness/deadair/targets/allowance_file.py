"""Reads the file by which a person allows what is refused otherwise: strict YAML, read only where it is named."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from deadair.documents.dialect import Dialect
from deadair.documents.document_file import read_text
from deadair.documents.model_spots import spot_in
from deadair.documents.strict import read
from deadair.model.excerpt import printable
from deadair.runtimes.allowance import Allowance

DIALECT = Dialect("allowance", "docs/containers.md", partial(spot_in, Allowance))


def read_allowance(path: Path | None) -> Allowance:
    """Return what is allowed; nothing where no file is named. Raises ScenarioError."""
    if path is None:
        return Allowance()
    document = read(read_text(path, "allowance"), printable(str(path)), Allowance, DIALECT)
    document.refuse()
    return document.value
