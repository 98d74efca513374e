"""Runs that were stored in format 1, read as those of today.

Only for run folders. They are translated as they are read and never rewritten, because the manifest of a history seals
the scenario beside it. A scenario file that somebody wrote is not translated: it is refused, with the new name.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from deadair.scenario.error_text import RENAMED
from deadair.scenario.load import load
from deadair.scenario.model import Scenario
from deadair.scenario.yaml_document import Items, Pairs, YamlNode


def load_stored(path: Path) -> Scenario:
    """Read the scenario of a stored run, of either format. Raises ScenarioError."""
    return load(path, _scenario)


def _scenario(root: YamlNode) -> YamlNode:
    """Return a scenario with the keys of today."""
    if not isinstance(root, Pairs):
        return root
    return replace(root, pairs=tuple((key, _part(key.text, value)) for key, value in root.pairs))


def _part(name: str, node: YamlNode) -> YamlNode:
    """Return one part of a scenario, or each item of it, with the keys of today."""
    if isinstance(node, Items):
        return replace(node, items=tuple(_part(name, item) for item in node.items))
    if not isinstance(node, Pairs):
        return node
    renamed = ((replace(key, text=RENAMED.get((name, key.text), key.text)), value) for key, value in node.pairs)
    return replace(node, pairs=tuple(renamed))
