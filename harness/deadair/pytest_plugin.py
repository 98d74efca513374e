"""Scenario files as pytest items: ``pytest scenarios/smoke`` runs each, and only a pass is green.

Loaded into every pytest that has this package beside it, so it imports nothing heavy and looks at no file but
``*.yaml`` and ``*.yml`` ones. Of these it takes what is named on the command line, and in folders what has
``timeline:`` or ``checks:`` at the top level, however that is written: a scenario with one key mistyped is an error,
never a silent skip. pytest takes paths only: the names that ``deadair run`` knows are no files of the test suite.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from deadair.model.errors import DeadAirError, ScenarioError
from deadair.model.report_error import ReportError
from deadair.model.verdict import Exit, Verdict

if TYPE_CHECKING:
    from deadair.model.run_options import RunOptions
    from deadair.scenario.model import Scenario

LOOKED_AT_BYTES = 1024 * 1024
SUFFIXES = (".yaml", ".yml")
_KEYS = ("timeline", "checks")
_LIKE_A_KEY = re.compile(rb"""\?\s+["']?(timeline|checks)|(timeline|checks)["']?[ \t]*:""")
_AT_A_LINE_START = re.compile(r"""(["']?)(timeline|checks)\1[ \t]*:""")
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
"""How a text begins that is not UTF-8; the longer marks first, for one begins with the other."""
_ABORTED = pytest.StashKey[bool]()
"""Of a session that somebody ended: whether the run at hand came to no verdict but that."""
_LINE_ENDS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


class ScenarioNotPassed(Exception):  # noqa: N818 - it is no error of the test
    """A run that ended in anything but a pass; says why and where the report is."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that all scenarios of a session share."""
    group = parser.getgroup("deadair", "Dead Air scenarios")
    group.addoption("--deadair-reports", default="reports", metavar="DIR", help="Where run folders are kept.")
    group.addoption("--deadair-target", default=None, metavar="NAME", help="Instead of the scenarios' own.")
    group.addoption("--deadair-targets", action="append", default=[], metavar="DIR", help="A folder of targets.")
    group.addoption("--deadair-engine", default="live", metavar="NAME", help="What runs them: live or simulated.")
    group.addoption("--deadair-profile", default=None, metavar="NAME", help="A named set of planted defects.")
    group.addoption("--deadair-defect", action="append", default=[], metavar="NAME", help="One planted defect.")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take scenario files, and leave every other file alone."""
    named = parent.session.isinitpath(file_path)
    if file_path.suffix in SUFFIXES and (named or _is_scenario(file_path)):
        return cast(pytest.Collector, ScenarioFile.from_parent(parent, path=file_path))
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse two scenarios of one name, as ``deadair run`` does."""
    if names := [item.name for item in items if isinstance(item, ScenarioItem)]:
        from deadair.run_commands import refuse_doubles  # noqa: PLC0415

        try:
            refuse_doubles(names)
        except ScenarioError as error:
            raise pytest.UsageError(str(error)) from None


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let an aborted session exit as ``deadair run`` does: a failure is worse than the abort."""
    if _ABORTED in session.stash:
        failed = session.testsfailed - session.stash[_ABORTED]
        session.exitstatus = Exit.VIOLATED if failed else Exit.ABORTED


def _is_scenario(path: Path) -> bool:
    from deadair.model.regular_file import open_regular  # noqa: PLC0415

    try:
        with open_regular(path) as stream:
            text = stream.read(LOOKED_AT_BYTES)
    except (OSError, ValueError):
        return False
    for mark, encoding in _MARKS:
        if text.startswith(mark):  # `deadair` will refuse it by its encoding, and so must we: it is no other file
            text = text.decode(encoding, "replace").encode()
            break
    # Nearly all files of other people end here.
    return _LIKE_A_KEY.search(text) is not None and _has_key(text.decode("utf-8-sig", "replace"))


def _has_key(text: str) -> bool:
    """Say whether one of the keys stands at the top level; of what is no YAML, whether it seems to."""
    lines = [line.removeprefix("---") for line in _LINE_ENDS.split(text)]
    lines = [line for line in lines if line.strip() and not line.lstrip().startswith(("#", "%"))]
    if not lines:
        return False
    root = lines[0].lstrip()
    indent = lines[0][: -len(root)]
    if any(line.startswith(indent) and _AT_A_LINE_START.match(line, len(indent)) for line in lines):
        return True
    if not root.startswith(("{", "?")) and not any(line.startswith(f"{indent}?") for line in lines):
        return False  # a block of lines, and all of its keys have been seen
    from deadair.documents.yaml_document import DocumentError, root_keys  # noqa: PLC0415

    try:
        return any(key in _KEYS for key in root_keys(text))
    except DocumentError:
        # A scenario in braces with a slip in it is one; the templates that begin with two braces are none.
        return root.startswith("{") and not root.startswith(("{{", "{%"))


class ScenarioFile(pytest.File):
    """One scenario file; holds one item."""

    def collect(self) -> Iterator[pytest.Item]:
        """Load the scenario, so that a bad one is a collection error and nothing is started."""
        from deadair.model.run_options import RunOptions  # noqa: PLC0415
        from deadair.run_commands import load_all, named_folders  # noqa: PLC0415

        options = RunOptions(
            engine=self.config.getoption("--deadair-engine"),
            profile=self.config.getoption("--deadair-profile"),
            defects=tuple(self.config.getoption("--deadair-defect")),
            target=self.config.getoption("--deadair-target"),
            target_folders=named_folders([Path(folder) for folder in self.config.getoption("--deadair-targets")]),
        )
        try:
            (scenario,) = load_all([self.path], options)
        except ScenarioError as error:
            raise self.CollectError(str(error)) from None
        yield cast(pytest.Item, ScenarioItem.from_parent(self, name=scenario.name, scenario=scenario, options=options))


class ScenarioItem(pytest.Item):
    """One run of one scenario."""

    def __init__(self, *, scenario: Scenario, options: RunOptions, name: str, parent: pytest.Collector) -> None:
        super().__init__(name, parent)
        self.scenario = scenario
        self.options = options

    def runtest(self) -> None:
        """Run it; whatever is not a pass fails the test. An abort ends the session: somebody wants no more of it."""
        from deadair.run_commands import heed_abort, run_one, warnings_of  # noqa: PLC0415

        reports = Path(self.config.getoption("--deadair-reports"))
        notes = [*warnings_of(self.scenario, self.options)]
        command = f"pytest {self.nodeid}"
        try:
            folder, judgement = run_one(
                self.scenario, self.options, reports, command, lambda progress: notes.append(progress.note)
            )
            judgement, asked = heed_abort(folder, judgement)
        except ReportError as error:
            came_to = f"{error.judgement.verdict}: {error.judgement.why}"
            raise ScenarioNotPassed(f"{self.name}: {came_to}\nand the harness failed: {error}") from None
        except DeadAirError as error:
            raise ScenarioNotPassed(f"{self.name}: the harness failed: {error}") from None
        finally:
            self.add_report_section("call", "deadair", "\n".join(dict.fromkeys(filter(None, notes))))
        ended = f"{self.name}: {judgement.verdict}: {judgement.why}\nreport: {folder.report}"
        if asked:
            self.session.shouldstop = ended
            self.session.stash[_ABORTED] = judgement.verdict == Verdict.ABORTED
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
