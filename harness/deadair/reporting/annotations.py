"""What a pipeline shows beside the lines of a scenario file: for GitHub on stdout, for GitLab a file of its own.

At most ten: GitHub shows no more of one step. Whatever comes from a run is escaped, so that no text of a run can be a
command to whoever reads the log.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from deadair.documents.document_file import read_text
from deadair.documents.yaml_document import DocumentError, Items, Pairs, Text, YamlNode, read
from deadair.model.errors import ScenarioError
from deadair.model.judgement import Judgement
from deadair.model.verdict import Verdict
from deadair.reporting import sentences as facts
from deadair.reporting.formatting import one_line

AnnotationKind = Literal["github", "gitlab"]
ANNOTATION_KINDS: tuple[AnnotationKind, ...] = get_args(AnnotationKind)
ANNOTATIONS_MAX = 10
GITLAB_FILE = "gl-code-quality-report.json"
"""The name that GitLab's own examples give to the artifact of this kind."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """One remark. ``path``: the scenario file, none if it is not in this folder; ``line`` counts from 1."""

    path: str | None
    line: int
    error: bool
    title: str
    text: str


def remarks(runs: Sequence[tuple[Path | None, Judgement]]) -> tuple[Annotation, ...]:
    """Return the remarks about some runs, violations first; ``Path``: the file that a run's scenario came from."""
    found = [each for path, judgement in runs for each in _of_run(path, judgement)]
    return tuple(sorted(found, key=lambda each: not each.error)[:ANNOTATIONS_MAX])


def github_lines(found: Sequence[Annotation]) -> Iterator[str]:
    """Yield the workflow commands of GitHub Actions, one for each remark."""
    for each in found:
        where = f"file={_property(each.path)},line={each.line}," if each.path else ""
        word = "error" if each.error else "warning"
        yield f"::{word} {where}title={_property(each.title)}::{_data(each.text)}"


def gitlab_report(found: Sequence[Annotation]) -> str:
    """Return the Code Quality report of GitLab. A remark without a file has no place in one."""
    placed = [(each, each.path) for each in found if each.path]
    entries = [
        {
            "description": f"{each.title}: {each.text}",
            "check_name": "deadair",
            "fingerprint": hashlib.sha256(f"{path}\0{each.title}\0{each.line}".encode("utf-8", "replace")).hexdigest(),
            "severity": "critical" if each.error else "major",
            "location": {"path": path, "lines": {"begin": each.line}},
        }
        for each, path in placed
    ]
    return json.dumps(entries, indent=1) + "\n"


def _of_run(path: Path | None, judgement: Judgement) -> Iterator[Annotation]:
    if judgement.verdict is Verdict.PASS:
        return
    lines = _lines(path) if path is not None else {}
    shown = _shown(path)
    name = one_line(judgement.scenario, 100)
    for finding in judgement.findings:
        if finding.verdict is Verdict.FAIL:
            example = facts.shortest_example(finding)
            text = one_line(finding.why, 400) + ("" if example is None else f" ({facts.example_line(example)})")
            yield Annotation(shown, lines.get(finding.rule, 1), True, f"{name}: {one_line(finding.rule, 60)}", text)
    for fault in judgement.faults:
        if not facts.fault_is_sound(fault):
            text = f"{facts.fault_state(fault)}: {one_line(fault.why, 300)}"
            yield Annotation(shown, lines.get(fault.id, 1), False, f"{name}: {fault.kind} {fault.where}", text)
    if not any(finding.verdict is Verdict.FAIL for finding in judgement.findings):
        yield Annotation(shown, 1, False, f"{name}: {judgement.verdict.value}", one_line(judgement.why, 400))


def _lines(path: Path) -> Mapping[str, int]:
    """Return the line of each check by its rule, and of each entry of the timeline by its fault's id."""
    try:
        root = read(read_text(path))
    except (ScenarioError, DocumentError):
        return {}
    found: dict[str, int] = {}
    for key, value in root.pairs if isinstance(root, Pairs) else ():
        if key.text == "checks":
            found |= {_kind(item) or "": item.mark.line for item in _items(value)}
        elif key.text == "timeline":
            found |= {f"f{number}": item.mark.line for number, item in enumerate(_items(value), start=1)}
    return found


def _items(node: YamlNode) -> Sequence[YamlNode]:
    return node.items if isinstance(node, Items) else ()


def _kind(node: YamlNode) -> str | None:
    pairs = node.pairs if isinstance(node, Pairs) else ()
    return next((value.text for key, value in pairs if key.text == "kind" and isinstance(value, Text)), None)


def _shown(path: Path | None) -> str | None:
    """Return a file as the pipeline's own checkout names it; none if it lies elsewhere."""
    try:
        return None if path is None else path.resolve().relative_to(Path.cwd().resolve()).as_posix()
    except (OSError, ValueError):
        return None


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
