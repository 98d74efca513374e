"""Target files: strict YAML to the model, and whether one makes sense. Reads the file and those that it names as texts.

Whatever is wrong is a ScenarioError whose lines read ``file:line:column: field: what is wrong; what to write``. Nothing
of a target runs by being read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from deadair.documents.dialect import Dialect
from deadair.documents.document_file import read_text
from deadair.documents.model_spots import spot_in
from deadair.documents.strict import read
from deadair.model.errors import ScenarioError
from deadair.model.excerpt import printable
from deadair.targets.adapters.own_class import is_own
from deadair.targets.described.consistency import problems
from deadair.targets.described.target_file import TargetFile

FILE = "target.yaml"
NAMED = re.compile(r"^name:[ ]*[\"']?(?P<name>[a-z0-9][a-z0-9-]{0,59})[\"']?[ ]*(#.*)?$", re.MULTILINE)
"""The line by which a file names its target, whatever else is wrong with it."""
JSON = frozenset({"body", "reading", "duplicate", "logged_out", "alarm", "notice", "clear", "incident"})
"""The parts that are JSON, or say what stands in some."""
DIALECT = Dialect("target", "docs/target-file.md", partial(spot_in, TargetFile), truths=True, nulls=JSON)


def _own_adapter(adapter: str, folder: Path) -> str:
    """Return the text of the file that an adapter of the user's own is in. Whether it is fit is seen later."""
    path = folder / adapter.partition(":")[0]
    return read_text(path, "adapter") if is_own(adapter) and path.is_file() else ""


@dataclass(frozen=True, slots=True)
class ReadTarget:
    """A target file that was read."""

    file: TargetFile
    folder: Path
    templates: Mapping[str, str]
    """The texts that its ``files`` are made from, by the name of what is written."""
    sha256: str
    """Of all that was read."""


def read_target(folder: Path) -> ReadTarget:
    """Read the target of a folder. Raises ScenarioError for anything that cannot be taken."""
    path = folder / FILE
    text = read_text(path, "target")
    document = read(text, printable(str(path)), TargetFile, DIALECT)
    file = document.value
    document.refuse()
    templates = {name: read_text(folder / source, "template") for name, source in file.files.items()}
    document.refuse(problems(file, templates))
    said = repr((text, sorted(templates.items()), _own_adapter(file.adapter, folder)))
    return ReadTarget(file, folder.absolute(), templates, hashlib.sha256(said.encode()).hexdigest())


def called(folder: Path) -> str:
    """Return what the target of a folder would be called that cannot be read: as its file says, else as its folder."""
    try:
        said = NAMED.search(read_text(folder / FILE, "target"))
    except ScenarioError:
        said = None
    return folder.name if said is None else said["name"]
