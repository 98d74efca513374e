"""The folders of targets that the user named: by an option, and in ``deadair.toml`` of the folder that he works in.

A target may run code, so a target file is read nowhere else.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

from deadair.documents.document_file import read_text
from deadair.documents.error_text import nearest
from deadair.model.errors import ScenarioError
from deadair.model.excerpt import excerpt

SETTINGS = "deadair.toml"
KEYS = ("targets",)
FOLDERS_MAX = 100


def named_folders(given: Sequence[Path], here: Path | None = None) -> tuple[Path, ...]:
    """Return the folders given on the command line, and those of the settings file. Raises ScenarioError.

    ``here``: the folder that the user works in, by default the current one.
    """
    # By its bare name: the current folder may be gone, and then there is no such file.
    found = (*given, *_of_settings(Path(SETTINGS) if here is None else here / SETTINGS))
    return tuple(dict.fromkeys(found))


def _of_settings(path: Path) -> tuple[Path, ...]:
    if not path.exists():
        return ()
    try:
        said = tomllib.loads(read_text(path, "settings"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ScenarioError(f"{path}: this is not TOML ({error}); mend it, or remove the file") from None
    for key in said:
        if key not in KEYS:
            raise ScenarioError(f"{path}: unknown key {excerpt(key)}{nearest(key, KEYS)}")
    folders = said.get("targets", [])
    if not isinstance(folders, list) or not all(isinstance(folder, str) and folder for folder in folders):
        raise ScenarioError(f'{path}: targets: write a list of folders, such as targets = ["my-targets"]')
    if len(folders) > FOLDERS_MAX:
        raise ScenarioError(f"{path}: targets: more than {FOLDERS_MAX} folders; put targets together into one")
    return tuple(path.parent / folder for folder in folders)
