"""Scenario files as pytest items: ``pytest scenarios/smoke`` runs each, and only a pass is green.

Loaded into every pytest that has this package beside it, so it imports nothing heavy and looks at no file but
``*.yaml`` and ``*.yml`` ones. Of these it takes what is named on the command line, and in folders what has
``timeline:`` or ``checks:`` at the top level: a scenario with one key mistyped is an error, never a silent skip.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

if TYPE_CHECKING:
    from harness.scenario.model import Scenario
    from harness.verbs import Choice

LOOKED_AT_BYTES = 1024 * 1024
SUFFIXES = (".yaml", ".yml")
_OF_A_SCENARIO = re.compile(rb"""^(["']?)(timeline|checks)\1[ \t]*:""", re.MULTILINE)


class ScenarioNotPassed(Exception):  # noqa: N818 - it is no error of the test
    """A run that ended in anything but a pass; says why and where the report is."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that all scenarios of a session share."""
    group = parser.getgroup("deadair", "Dead Air scenarios")
    group.addoption("--deadair-reports", default="reports", metavar="DIR", help="Where run folders are kept.")
    group.addoption("--deadair-engine", default="live", metavar="NAME", help="What runs them: live or simulated.")
    group.addoption("--deadair-profile", default=None, metavar="NAME", help="A named set of planted defects.")
    group.addoption("--deadair-defect", action="append", default=[], metavar="NAME", help="One planted defect.")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take scenario files, and leave every other file alone."""
    named = parent.session.isinitpath(file_path)
    if file_path.suffix in SUFFIXES and (named or _is_scenario(file_path)):
        return cast(pytest.Collector, ScenarioFile.from_parent(parent, path=file_path))
    return None


def _is_scenario(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            text = stream.read(LOOKED_AT_BYTES)
    except OSError:
        return False
    return _OF_A_SCENARIO.search(text) is not None


class ScenarioFile(pytest.File):
    """One scenario file; holds one item."""

    def collect(self) -> Iterator[pytest.Item]:
        """Load the scenario, so that a bad one is a collection error and nothing is started."""
        from harness.model.errors import ScenarioError  # noqa: PLC0415
        from harness.verbs import Choice, load_all  # noqa: PLC0415

        choice = Choice(
            engine=self.config.getoption("--deadair-engine"),
            profile=self.config.getoption("--deadair-profile"),
            defects=tuple(self.config.getoption("--deadair-defect")),
        )
        try:
            (scenario,) = load_all([self.path], choice)
        except ScenarioError as error:
            raise self.CollectError(str(error)) from None
        yield cast(pytest.Item, ScenarioItem.from_parent(self, name=scenario.name, scenario=scenario, choice=choice))


class ScenarioItem(pytest.Item):
    """One run of one scenario."""

    def __init__(self, *, scenario: Scenario, choice: Choice, name: str, parent: pytest.Collector) -> None:
        super().__init__(name, parent)
        self.scenario = scenario
        self.choice = choice

    def runtest(self) -> None:
        """Run it; whatever is not a pass fails the test. An abort ends the session: somebody wants no more of it."""
        from harness.model.errors import DeadAirError  # noqa: PLC0415
        from harness.model.verdict import Exit, Verdict  # noqa: PLC0415
        from harness.verbs import run_one  # noqa: PLC0415

        reports = Path(self.config.getoption("--deadair-reports"))
        notes: list[str] = []
        command = f"pytest {self.nodeid}"
        try:
            folder, judgement = run_one(
                self.scenario, self.choice, reports, command, lambda progress: notes.append(progress.note)
            )
        except DeadAirError as error:
            raise ScenarioNotPassed(f"{self.name}: the harness failed: {error}") from None
        finally:
            self.add_report_section("call", "deadair", "\n".join(dict.fromkeys(filter(None, notes))))
        ended = f"{self.name}: {judgement.verdict}: {judgement.why}\nreport: {folder.report}"
        if folder.abort_request.exists():
            pytest.exit(ended, returncode=Exit.ABORTED)
        if judgement.verdict != Verdict.PASS:
            raise ScenarioNotPassed(ended)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:  # type: ignore[override]
        """Show the why, not where in the plug-in it was raised."""
        if isinstance(excinfo.value, ScenarioNotPassed):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, None, str]:
        """Say what stands in the report's heading."""
        return self.path, None, f"scenario {self.name}"
