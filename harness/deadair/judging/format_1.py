"""Runs that were stored in format 1, read as those of today.

Only for run folders. They are translated as they are read and never rewritten, because the manifest of a history seals
the scenario beside it. A scenario file that somebody wrote is not translated: it is refused, with the new name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic_core import from_json, to_json

from deadair.documents.yaml_document import Items, Pairs, YamlNode
from deadair.model.judgement import Judgement
from deadair.scenario.load import RENAMED, load
from deadair.scenario.model import Scenario
from deadair.targets.target import Target

SILENCES = {"told_in_time": "alerted_in_time", "latency_s": "time_to_alert_s"}
TALLY = {"told_in_time": "alerted_in_time", "told_first": "alerted_first"}


def load_stored(path: Path, targets: Mapping[str, Target] | None = None) -> Scenario:
    """Read the scenario of a stored run, of either format. Raises ScenarioError.

    ``targets``: those that there are, by default what is built in. A run of another one has been made all the same.
    """
    return load(path, _scenario, targets=targets)


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


def stored_verdict(data: bytes) -> Judgement:
    """Read the verdict of a stored run, of either format. Raises ValueError.

    Its sentences stay as they were written, in the words of then.
    """
    said = from_json(data)
    if not isinstance(said, dict) or said.get("format") != 1:
        return Judgement.model_validate_json(data)
    return Judgement.model_validate_json(to_json(_verdict(said)))


def _verdict(said: dict[str, Any]) -> dict[str, Any]:
    """Return a verdict of format 1 as one of format 2. What is not of its form stays as it is, to be refused."""
    today = {**_renamed(said, {"paths": "alert_paths"}), "format": 2}
    tallies, faults = today.get("alert_paths"), today.get("faults")
    if "silences" in today:
        today["silences"] = _renamed(today["silences"], SILENCES)
    if isinstance(tallies, dict):
        today["alert_paths"] = {path: _renamed(tally, TALLY) for path, tally in tallies.items()}
    if isinstance(faults, list):
        today["faults"] = [_renamed(fault, {"harm": "blast_radius"}) for fault in faults]
    return today


def _renamed(part: Any, names: Mapping[str, str]) -> Any:
    return {names.get(key, key): value for key, value in part.items()} if isinstance(part, dict) else part
