"""Which of the shipped scenarios a target can be tested by. Knows their files; whoever asks knows what fits."""

from __future__ import annotations

from collections.abc import Callable

from deadair.documents.document_file import read_text
from deadair.scenario.shipped import shipped


def what_fits(target: str, fits: Callable[[str], bool]) -> str:
    """Return a sentence with the shipped scenarios whose text fits a target."""
    names = [name for name, path in shipped().items() if fits(read_text(path))]
    if not names:
        return f"no shipped scenario fits the target {target!r}"
    return f"the shipped scenarios that fit the target {target!r}: {', '.join(names)}"
