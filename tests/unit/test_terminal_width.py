"""Text breaks between words at any width, and what is no terminal gets whole lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

import deadair
from deadair.cli import command
from deadair.judging.judge import judge
from deadair.model.progress import Progress
from deadair.model.verdict import Exit
from deadair.reporting.live_progress import panel
from deadair.reporting.terminal_summary import summarise
from deadair.reporting.terminal_width import wrapped
from tests.unit.judged_nights import night
from tests.unit.scenario_texts import changed

VERBS = ["", "run", "check", "report", "replay", "abort", "heal", "doctor", "list", "schema"]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("columns", [48, 50, 60, 79])
def test_help_breaks_no_word_and_cuts_no_sentence(
    verb: str, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def shown(wide: int) -> str:
        monkeypatch.setenv("COLUMNS", str(wide))
        assert command([*verb.split(), "-h"]) == Exit.PASS
        return capsys.readouterr().out

    narrow, wide = shown(columns), shown(200)
    assert narrow.split() == wide.split()
    assert "..." not in narrow.replace("SCENARIO...", "").replace("}...", "").replace("[ARGS]...", "")
    assert all(len(line) <= columns for line in narrow.splitlines())


def test_what_is_no_terminal_gets_one_line_for_each_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    bad = tmp_path / "s.yaml"
    bad.write_text(changed("no_data_after: 20m", "no_data_after: 15m"), encoding="utf-8")
    assert command(["run", str(bad)]) == Exit.USAGE
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    ("line", "columns", "broken"),
    [
        ("one two three", 20, "one two three"),
        ("one two three four five", 12, "one two\n  three four\n  five"),
        ("  kill      a node dies by SIGKILL", 26, "  kill      a node dies by\n            SIGKILL"),
        ("/a/path/that/is/longer/than/the/terminal is whole", 20,
         "/a/path/that/is/longer/than/the/terminal\n  is whole"),
        ("well-known words stay", 14, "well-known\n  words stay"),
    ],
)  # fmt: skip
def test_a_line_breaks_under_its_first_column(line: str, columns: int, broken: str) -> None:
    assert wrapped(line, columns) == broken
    assert wrapped(line, None) == line


def test_the_closing_block_is_as_narrow_as_the_terminal(tmp_path: Path) -> None:
    folder = night(tmp_path)
    judgement = judge(folder)
    for columns in (40, 60, 110, 500):
        lines = summarise(judgement, folder, columns).splitlines()
        copied = [line for line in lines if line.split()[:1] in (["report"], ["again"])]
        assert all(len(line) <= min(columns, 110) for line in lines if line not in copied)
        assert " ".join(lines).split() == summarise(judgement, folder).split()


def test_the_panel_of_a_run_breaks_no_word() -> None:
    faults = ("partition uplink[south]", "overload gateway")
    progress = Progress("storm", 600, 3000, faults, 400, 120, 33, 12, 3, 14.5, "")
    for columns in (40, 60, 200):
        console = Console(width=columns, color_system=None)
        with console.capture() as captured:
            console.print(panel(progress))
        words = captured.get().replace("│", " ").replace("━", " ").split()
        assert "…" not in captured.get()
        assert {"deadlines", "alerted", "partition", "uplink[south]", "overload", "gateway", "late", "lag"} <= set(
            words
        )


@pytest.mark.parametrize("verb", ["-h", "--help", "--version"])
def test_what_everybody_tries_first_works(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command([verb]) == Exit.PASS
    said = capsys.readouterr().out
    assert said == f"deadair {deadair.__version__}\n" if verb == "--version" else "Commands:" in said


def test_a_mistyped_option_speaks_to_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["run", "--no\x1b[2J"]) == Exit.USAGE
    assert "\x1b" not in capsys.readouterr().err
