"""The scenarios that travel with the package, by name: ``smoke/partition``. Knows their files, not what they say.

In a checkout the folder is a link to ``scenarios/``; in a wheel it is a copy.
"""

from __future__ import annotations

from pathlib import Path

import deadair
from deadair.documents.error_text import nearest
from deadair.model.errors import ScenarioError
from deadair.model.excerpt import excerpt

SHIPPED = Path(deadair.__file__).parent / "shipped"
ENVELOPES = SHIPPED / "envelopes"
"""What is in there are no scenarios, but what scenarios are drawn from."""


def shipped() -> dict[str, Path]:
    """Return the files by their names, in order."""
    files = [path for path in sorted(SHIPPED.glob("*/*.yaml")) if path.parent != ENVELOPES]
    return {path.relative_to(SHIPPED).with_suffix("").as_posix(): path for path in files}


def named(word: str) -> list[Path]:
    """Return the file of a name such as ``smoke/partition``, or all files of a folder such as ``smoke``.

    Raises ScenarioError, with the nearest name, if there is none.
    """
    files = shipped()
    found = [path for name, path in files.items() if word in (name, name.partition("/")[0])]
    if not found:
        known = [*dict.fromkeys(name.partition("/")[0] for name in files), *files]
        what = f"there is no such file, and no scenario of that name{nearest(word, known)}"
        raise ScenarioError(f"{excerpt(word, quotes=False)}: {what} (`deadair list scenarios` shows all)")
    return found
