"""Where each part of a document stands in its file, and how it was written. Asked once for each problem.

Knows the tree of a file, not what it means. All of it is looked at once, so that thousands of problems are placed in no
more time than it takes to read the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from deadair.documents.dialect import FieldPath
from deadair.documents.error_text import Problem
from deadair.documents.yaml_document import Items, Mark, Pairs, Text, YamlNode


class Placed(NamedTuple):
    """One part: where its value stands, where its key does, and whether it is a text in quotes."""

    value: Mark
    key: Mark
    quoted: bool


class Marks:
    """All parts of one file by their paths. Of a key said twice, the first counts."""

    def __init__(self, root: YamlNode) -> None:
        self._parts: dict[FieldPath, Placed] = {(): _placed(root, root.mark)}
        for path, part in _walk(root, ()):
            self._parts.setdefault(path, part)

    def of(self, problem: Problem) -> Mark:
        """Return where a problem is: its value, or its key; what is not there stands where its parent does."""
        part, there = self._nearest(problem.path)
        return part.key if problem.at_key and there else part.value

    def quoted(self, path: FieldPath) -> bool:
        """Say whether a text in quotes stands there."""
        part, there = self._nearest(path)
        return there and part.quoted

    def _nearest(self, path: FieldPath) -> tuple[Placed, bool]:
        """Return the part at a path, or the one around it; and whether it is there.

        One thing may stand where a list of such things could: then the file has no number for it.
        """
        found: FieldPath = ()
        for step in path:
            if (*found, step) in self._parts:
                found = (*found, step)
            elif not isinstance(step, int):
                return self._parts[found], False
        return self._parts[found], True


def _walk(node: YamlNode, path: FieldPath) -> Iterator[tuple[FieldPath, Placed]]:
    if isinstance(node, Items):
        for number, item in enumerate(node.items):
            yield (*path, number), _placed(item, item.mark)
            yield from _walk(item, (*path, number))
    elif isinstance(node, Pairs):
        seen = set()
        for key, value in node.pairs:
            if key.text in seen:
                continue
            seen.add(key.text)
            yield (*path, key.text), _placed(value, key.mark)
            yield from _walk(value, (*path, key.text))


def _placed(node: YamlNode, key: Mark) -> Placed:
    return Placed(node.mark, key, isinstance(node, Text) and not node.plain)
