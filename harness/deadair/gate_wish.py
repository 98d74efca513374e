"""What a gate is to do beyond running scenarios: hold runs against a baseline, run unknown ones again, point at lines.

Imports what it needs when it is called, so that help is quick. Runs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deadair.model.errors import ScenarioError
from deadair.model.excerpt import excerpt
from deadair.reporting.terminal_output import complain, say

if TYPE_CHECKING:
    from deadair.baselines.baseline import Baseline
    from deadair.model.judgement import Judgement

RETRIES_MAX = 5


@dataclass(frozen=True, slots=True)
class GateWish:
    """What a gate is to do beyond running scenarios."""

    baseline: tuple[str, Baseline] | None = None
    """The name of its file, and what it says: a run that alerts later is a failure."""
    retry_unknown: int = 0
    """How often a run that came to nothing is run again. A fail is never run again."""

    @property
    def wants_files(self) -> bool:
        """Say whether the gate's own files are needed even for one scenario."""
        return self.baseline is not None or self.retry_unknown > 0


def gate_wish(baseline: Path | None, retry_unknown: int, annotations: str | None) -> GateWish:
    """Return what was asked for. Raises ScenarioError for what makes no sense."""
    from deadair.baselines.baseline import read_baseline  # noqa: PLC0415
    from deadair.reporting.annotations import ANNOTATION_KINDS  # noqa: PLC0415

    if not 0 <= retry_unknown <= RETRIES_MAX:
        raise ScenarioError(f"--retry-unknown: {retry_unknown} is no number of runs; write 0 to {RETRIES_MAX}")
    if annotations is not None and annotations not in ANNOTATION_KINDS:
        raise ScenarioError(f"--annotations: there is no {excerpt(annotations)}; write {' or '.join(ANNOTATION_KINDS)}")
    return GateWish(None if baseline is None else (str(baseline), read_baseline(baseline)), retry_unknown)


def annotate(kind: str, sources: Mapping[str, Path], judgements: Sequence[Judgement], reports: Path) -> None:
    """Point at the lines of scenarios, which come from ``sources`` by name. What cannot be written costs no verdict."""
    from deadair.reporting import annotations as notes  # noqa: PLC0415

    found = notes.remarks([(sources.get(judgement.scenario), judgement) for judgement in judgements])
    if kind == "github":
        say(*notes.github_lines(found), as_is=True)
        return
    try:
        (reports / notes.GITLAB_FILE).write_text(notes.gitlab_report(found), "utf-8")
    except OSError as error:
        complain(f"{reports / notes.GITLAB_FILE} cannot be written ({error.strerror}); the verdict stands")
