"""Writes the folder that a new target starts from: a target file, an adapter, and a small service that passes."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from deadair.model.errors import HarnessError, ScenarioError
from deadair.model.excerpt import excerpt
from deadair.targets.described.consistency import RESERVED
from deadair.targets.described.target_file import TARGET_NAME

SKELETON = Path(__file__).parent / "skeleton"
ENDING = ".txt"
"""The files of the skeleton are texts: nothing of them is part of the harness."""
NAME = "{{name}}"


def new_target(name: str, parent: Path) -> tuple[Path, ...]:
    """Write a folder of this name and return its files. Raises ScenarioError if there is anything of that name."""
    if re.fullmatch(TARGET_NAME, name) is None or name in RESERVED:
        what = "write small letters, digits and hyphens, 60 at most"
        raise ScenarioError(f"new target: {excerpt(name)} cannot name a target; {what}")
    folder = parent / name
    try:
        folder.mkdir()
    except FileExistsError:
        raise ScenarioError(f"new target: there is a {folder} already; choose another name, or remove it") from None
    except OSError as error:
        raise _not_made(folder, error) from error
    try:
        return tuple(_written(source, folder, name) for source in sorted(SKELETON.glob(f"*{ENDING}")))
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise _not_made(folder, error) from error


def _not_made(folder: Path, error: OSError) -> HarnessError:
    return HarnessError(f"{folder} cannot be made ({error.strerror}): go to a folder that you may write to")


def _written(source: Path, folder: Path, name: str) -> Path:
    path = folder / source.name.removesuffix(ENDING)
    path.write_text(source.read_text("utf-8").replace(NAME, name), "utf-8")
    return path
