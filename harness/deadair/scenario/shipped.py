"""The scenarios that travel with the package, by name: ``smoke/partition``. Knows their files, not what they say.

In a checkout the folder is a link to ``scenarios/``; in a wheel it is a copy.
"""

from __future__ import annotations

from pathlib import Path

import deadair

SHIPPED = Path(deadair.__file__).parent / "shipped"


def shipped() -> dict[str, Path]:
    """Return the files by their names, in order."""
    return {path.relative_to(SHIPPED).with_suffix("").as_posix(): path for path in sorted(SHIPPED.glob("*/*.yaml"))}
