"""All targets that this process knows: built in, of installed packages, and in folders that the user named.

A target may run code, so nothing of one is loaded before somebody asks for it by its name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

from deadair.documents.error_text import nearest
from deadair.model.errors import DeadAirError, HarnessError, ScenarioError
from deadair.model.excerpt import excerpt, printable
from deadair.targets.catalogue import TARGETS
from deadair.targets.described.described_target import DescribedTarget
from deadair.targets.described.target_yaml import FILE, called, read_target
from deadair.targets.made_on_demand import MadeOnDemand, Make
from deadair.targets.target import Target

GROUP = "deadair.targets"
"""The entry points by which an installed package offers a target: a class without arguments, a made target, or the path
of a folder with a target file."""

_Offered = tuple[str, str, Make]
"""A target's name, where it comes from, and what makes it."""
_Refused = tuple[tuple[str, ...], Make]
"""By what names somebody may ask for what cannot be taken, and what says why."""


def known_targets(folders: Sequence[Path] = ()) -> MadeOnDemand:
    """Return all of them. Raises ScenarioError if two have one name, or a folder holds none.

    ``folders`` are those that the user named: of targets, or of one target.
    """
    makers: dict[str, Make] = {}
    origins: dict[str, str] = {}
    described, refused = _described(folders)
    for name, origin, make in (*_built_in(), *_installed(), *described):
        if name in makers:
            raise ScenarioError(
                f"{origin}: there is a target {excerpt(name)} already ({origins[name]}); give one another name"
            )
        makers[name], origins[name] = make, origin
    for names, make in refused:
        makers[next(name for name in names if name not in makers)] = make
    return MadeOnDemand(makers)


def target_of(name: str, folder: Path | None) -> Target:
    """Return the target that a run's plan names, for a process of that run. Raises DeadAirError.

    ``folder``: where its target file lies; none: it is built in, or of an installed package.
    """
    if folder is not None:
        return DescribedTarget(read_target(folder))
    targets = known_targets()
    if name not in targets:
        raise HarnessError(f"the run's plan names the target {excerpt(name)}{nearest(name, targets)}")
    return targets[name]


def _built_in() -> Iterator[_Offered]:
    for name in TARGETS:
        yield name, "built in", partial(TARGETS.__getitem__, name)


def _installed() -> Iterator[_Offered]:
    for entry in metadata.entry_points(group=GROUP):
        package = entry.dist.name if entry.dist is not None else "an installed package"
        yield entry.name, f"of {printable(package)}", partial(_loaded, entry, package)


def _described(folders: Sequence[Path]) -> tuple[list[_Offered], list[_Refused]]:
    """Return the target of each file, and apart from them those that cannot be taken: such a one hides no other."""
    files = dict.fromkeys(path.parent.resolve() / path.name for folder in folders for path in _files_in(folder))
    taken: list[_Offered] = []
    refused: list[_Refused] = []
    for path in files:
        folder, origin = path.parent, printable(str(path))
        try:
            read = read_target(folder)
        except ScenarioError as error:
            refused.append(((called(folder), folder.name, origin), partial(_refused, error)))
        else:
            taken.append((read.file.name, origin, partial(DescribedTarget, read)))
    return taken, refused


def _files_in(folder: Path) -> list[Path]:
    """Return the target files of a folder of targets, or of one target. Raises ScenarioError if there is none."""
    shown = printable(str(folder))
    try:
        here = folder / FILE
        # One that is there counts, whatever is wrong with it: a link that leads nowhere is refused by its name.
        within = (path / FILE for path in sorted(folder.glob("*")))
        found = [here] if os.path.lexists(here) else [path for path in within if os.path.lexists(path)]
        is_folder = folder.is_dir()
    except (OSError, ValueError) as error:
        raise ScenarioError(f"{shown}: it cannot be read ({error}); name a folder of targets") from None
    if not is_folder:
        raise ScenarioError(f"{shown} is no folder; name the one that your targets' folders are in")
    if not found:
        raise ScenarioError(f"{shown}: there is no {FILE} in this folder, nor in one within it; name another")
    return found


def _refused(error: ScenarioError) -> Target:
    raise ScenarioError(str(error))


def _loaded(entry: metadata.EntryPoint, package: str) -> Target:
    """Load what a package offers. Raises ScenarioError for whatever it does but that."""
    where = f"the target {excerpt(entry.name)} of the package {printable(package)}"
    try:
        offered: Any = entry.load()
        if isinstance(offered, str | Path):
            offered = DescribedTarget(read_target(Path(offered)))
        target: Target = offered() if isinstance(offered, type) else offered
        name = target.name
    except DeadAirError:
        raise
    except Exception as error:  # noqa: BLE001 - code of strangers: whatever it raises, the harness goes on
        what = f"{type(error).__name__}: {printable(str(error))[:200]}"
        raise ScenarioError(f"{where} cannot be loaded ({what}); mend or remove the package") from None
    if name != entry.name:
        raise ScenarioError(f"{where} calls itself {excerpt(name)}; its entry point must have the same name")
    return target
