"""Where the files of one run lie. Knows names, not contents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from deadair.model.errors import ScenarioError


def in_full(path: Path) -> Path:
    """Return a path from the root on. Raises ScenarioError if a name in it is no text: its files cannot be opened."""
    try:
        full = path.resolve()
    except RuntimeError:  # a link that leads to itself
        full = path.absolute()
    try:
        str(full).encode()
    except UnicodeEncodeError:
        shown = str(full).encode("utf-8", "backslashreplace").decode()
        raise ScenarioError(f"{shown}: the name of this folder is no UTF-8 text; name another") from None
    return full


@dataclass(frozen=True, slots=True)
class RunFolder:
    """``reports/<scenario>/<UTC>-<seed>/``; each stage of a run reads what the stage before wrote."""

    root: Path

    @property
    def shown(self) -> str:
        """The folder as people write it: from where they stand, if it lies below."""
        try:
            here = Path.cwd()
        except OSError:  # that folder is gone
            return str(self.root)
        return str(self.root.relative_to(here) if self.root.is_relative_to(here) else self.root)

    @property
    def scenario(self) -> Path:
        """The scenario, fully drawn out."""
        return self.root / "scenario.yaml"

    @property
    def roster(self) -> Path:
        """Every device and phone, with cohort and phase."""
        return self.root / "roster.json"

    @property
    def environment(self) -> Path:
        """The machine, the clock, the subject under test, the recorders that must report."""
        return self.root / "environment.json"

    @property
    def ledger(self) -> Path:
        """Every fault and process, written down before it is made."""
        return self.root / "ledger.jsonl"

    @property
    def history(self) -> Path:
        """The shards of the history and their manifest."""
        return self.root / "history"

    @property
    def abort_request(self) -> Path:
        """Exists once somebody asked for an abort; its text is the reason."""
        return self.root / "control" / "abort"

    @property
    def fleet_status(self) -> Path:
        """The fleet's newest summary of itself, replaced whole twice a second."""
        return self.root / "control" / "fleet.json"

    @property
    def trace(self) -> Path:
        """What happened to one phone, step by step; there only if somebody asked for it."""
        return self.root / "trace.json"

    @property
    def verdict(self) -> Path:
        """The judgement, as JSON."""
        return self.root / "verdict.json"

    def earlier_verdict(self, number: int) -> Path:
        """A judgement that another one took the place of; 1 is the oldest."""
        return self.root / f"verdict.{number}.json"

    @property
    def report(self) -> Path:
        """The report for people."""
        return self.root / "report.html"

    @property
    def summary(self) -> Path:
        """The short form for a pipeline's page."""
        return self.root / "summary.md"

    @property
    def junit(self) -> Path:
        """The form for test dashboards."""
        return self.root / "junit.xml"

    @property
    def logs(self) -> Path:
        """What each process printed."""
        return self.root / "logs"

    @property
    def data(self) -> Path:
        """The target's own files while it runs."""
        return self.root / "data"

    def create(self) -> None:
        """Make the folders. Raises OSError if the disk is full or the place read-only."""
        for folder in (self.history, self.abort_request.parent, self.logs, self.data):
            folder.mkdir(parents=True, exist_ok=True)
