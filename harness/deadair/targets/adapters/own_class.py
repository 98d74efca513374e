"""A class from a file of the user's, or an entry point of an installed package: found, imported, made. Never trusted.

A file is only read where the user named its target's folder, and only from within that folder.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from deadair.documents.error_text import nearest
from deadair.model.errors import ScenarioError
from deadair.model.excerpt import excerpt
from deadair.model.verdict import Exit

OWN_CLASS = re.compile(r"\./(?P<file>[^:]{1,200}\.py):(?P<name>[A-Za-z_][A-Za-z0-9_]{0,99})")
IMPORT_LIMIT_S = 20.0
EXIT_AT_ONCE = os._exit


def is_own(said: str) -> bool:
    """Say whether this names a class in a file of the target's folder: ``./adapter.py:Adapter``."""
    return said.startswith("./")


def made(said: str, folder: Path) -> Any:
    """Return an object of the class that ``./file.py:Name`` names. Raises ScenarioError for what is wrong with it."""
    found = OWN_CLASS.fullmatch(said)
    if found is None:
        raise ScenarioError(f"{excerpt(said)} names no class: write `./file.py:Name`, a file in the target's folder")
    path = (folder / found["file"]).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ScenarioError(f"{excerpt(said)} lies outside the target's folder {folder}: only what is in there is run")
    if not path.is_file():
        raise ScenarioError(f"{excerpt(said)}: there is no file {path}")
    os._exit = partial(_ended, said)
    names = _limited(lambda: vars(_module(path)), said)
    thing = names.get(found["name"])
    if not isinstance(thing, type):
        known = [name for name, one in names.items() if isinstance(one, type) and one.__module__ == _named(path)]
        raise ScenarioError(f"{path} has no class {excerpt(found['name'])}{nearest(found['name'], known)}")
    return _limited(thing, said)


def installed(group: str, said: str) -> Any:
    """Return an object of the class that an installed package offers by this name, none if there is no such package.

    Raises ScenarioError for one that cannot be made.
    """
    for point in importlib.metadata.entry_points(group=group, name=said):
        return _limited(lambda point=point: point.load()(), said)  # type: ignore[misc]
    return None


def installed_names(group: str) -> tuple[str, ...]:
    """Return what installed packages offer."""
    return tuple(sorted(importlib.metadata.entry_points(group=group).names))


def _ended(said: str, status: int) -> NoReturn:
    """Stand in for ``os._exit`` from the first class of the user's on: no code of his may say how a run went.

    It would end the process at once, with a 0 that a gate takes for a pass.
    """
    sys.stderr.write(f"deadair: {said} ended the process of the harness (os._exit({status})): take that out\n")
    sys.stderr.flush()
    EXIT_AT_ONCE(Exit.HARNESS)


def _named(path: Path) -> str:
    return f"deadair_target_{path.stem}_{abs(hash(path))}"


def _module(path: Path) -> Any:
    name = _named(path)
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _limited(work: Callable[[], Any], said: str) -> Any:
    """Do what the user's code decides how long it takes, beside everything else. Raises ScenarioError if it fails.

    Nobody can end a thread: one that never comes back is left, and the sentence says where it is.
    """
    result: list[Any] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            result.append(work())
        except BaseException as error:  # noqa: BLE001 - whatever the user's code raises, SystemExit too
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True, name=f"import of {said}")
    thread.start()
    thread.join(IMPORT_LIMIT_S)
    if raised:
        raise ScenarioError(f"{excerpt(said)} cannot be used: {type(raised[0]).__name__}: {_text(raised[0])}")
    if not result:
        raise ScenarioError(f"{excerpt(said)} cannot be used: it is not made within {IMPORT_LIMIT_S:g} s")
    return result[0]


def _text(error: BaseException) -> str:
    try:
        return excerpt(str(error), quotes=False)
    except Exception:  # noqa: BLE001 - an error of the user's own may fail even here
        return "no text"
