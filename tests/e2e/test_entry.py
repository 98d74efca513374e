"""The entry point: an interrupt is 3, a failure of ours 4, from the first line to the last, with one sentence."""

from __future__ import annotations

import ast
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import deadair
from deadair.model.verdict import Exit
from tools.small_scenario import written

ENTRY = Path(deadair.__file__).with_name("__main__.py")
AS_ENTRY = f"import runpy, sys; sys.argv = ['deadair']; entry = runpy.run_path({str(ENTRY)!r}, run_name='entry')\n"
"""Loads the entry as the console script does, and does not call its ``main``."""
NUMBERS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def run(script: str, **how: object) -> tuple[int, str]:
    """Run a script in a process of its own; return its exit code and what it said on stderr."""
    command = [sys.executable, "-c", AS_ENTRY + script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **how)  # type: ignore[call-overload]
    return done.returncode, done.stderr


def sent(number: int) -> str:
    return f"import os; os.kill(os.getpid(), {int(number)})\n"


def test_nothing_is_read_from_a_disk_before_the_handlers_stand() -> None:
    body = ast.parse(ENTRY.read_text("utf-8")).body
    imports = [name.name for node in body if isinstance(node, ast.Import) for name in node.names]
    assert imports == ["_signal", "os", "sys"]
    assert not [node for node in body if isinstance(node, ast.ImportFrom)]
    package = ast.parse(ENTRY.with_name("__init__.py").read_text("utf-8")).body
    assert [type(node) for node in package] == [ast.Expr, ast.Assign]


def test_the_exit_code_is_told_also_where_an_adapter_of_the_users_was_loaded_that_may_not_say_it() -> None:
    """What stands in for ``os._exit`` then took every verdict for the adapter's: a run with one always ended with 4."""
    guarded = "import os; os._exit = lambda code: sys.exit(70)\n"
    assert run(f"{guarded}sys.argv += ['run', 'nowhere.yaml']\nentry['main']()")[0] == Exit.USAGE


@pytest.mark.parametrize("number", NUMBERS)
def test_an_interrupt_before_the_work_ends_at_once(number: int) -> None:
    assert run(sent(number) + "print('went on')") == (Exit.ABORTED, "deadair: stopped\n")


RAISING = "entry['_Interrupts'].raising = True\n"


@pytest.mark.parametrize("number", NUMBERS)
def test_an_interrupt_of_the_work_may_tidy_up(number: int, tmp_path: Path) -> None:
    tidied = tmp_path / "tidied"
    script = f"try:\n    {sent(number)}    print('went on')\nfinally:\n    open({str(tidied)!r}, 'w').close()\n"
    assert run(RAISING + script) == (Exit.ABORTED, "deadair: stopped\n")
    assert tidied.exists()


def test_a_second_interrupt_waits_for_nobody() -> None:
    script = f"try:\n    {sent(signal.SIGINT)}finally:\n    {sent(signal.SIGTERM)}    import time; time.sleep(60)\n"
    assert run(RAISING + script) == (Exit.ABORTED, "deadair: stopped\n")


def test_an_interrupt_in_the_middle_of_an_import_ends_at_once(tmp_path: Path) -> None:
    """A library may swallow it there, or turn it into an error of its own."""
    swallows = "try:\n    import os; os.kill(os.getpid(), 2)\nexcept BaseException:\n    pass\n"
    (tmp_path / "swallows.py").write_text(swallows, "utf-8")
    script = f"{RAISING}sys.path.insert(0, {str(tmp_path)!r})\nimport swallows\nprint('went on')"
    assert run(script) == (Exit.ABORTED, "deadair: stopped\n")


def test_an_interrupt_that_python_can_raise_nowhere_ends_at_once() -> None:
    script = f"class Gone:\n    def __del__(self):\n        {sent(signal.SIGINT)}        pass\nGone()\nprint('went on')"
    assert run(RAISING + script) == (Exit.ABORTED, "deadair: stopped\n")


def test_an_error_that_nobody_foresaw_is_4_and_one_sentence() -> None:
    assert run("raise ValueError('two\\nlines')") == (
        Exit.HARNESS, "deadair: an error of the harness itself (ValueError: two lines)\n",
    )  # fmt: skip


def test_an_installation_that_is_broken_is_4_and_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise ImportError('this typer is broken')", "utf-8")
    code, said = run(f"sys.path.insert(0, {str(tmp_path)!r})\nentry['main']()")
    assert (code, said) == (
        Exit.HARNESS,
        "deadair: an error of the harness itself (ImportError: this typer is broken)\n",
    )


def test_whoever_asked_for_it_outlives_the_terminal() -> None:
    script = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    command = [sys.executable, "-c", script + AS_ENTRY + sent(signal.SIGHUP) + "print('went on')"]
    assert subprocess.run(command, capture_output=True, timeout=60, check=True).stdout == b"went on\n"


def test_signals_that_the_caller_blocked_are_heard() -> None:
    """As they are blocked by the entry itself, while it starts anew."""
    script = f"import signal; signal.pthread_sigmask(signal.SIG_BLOCK, {list(map(int, NUMBERS))})\n"
    command = [sys.executable, "-c", script + AS_ENTRY + sent(signal.SIGTERM) + "print('went on')"]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == Exit.ABORTED


def deadair_in(folder: Path, arguments: Sequence[str], **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deadair", *arguments], cwd=folder, env={**os.environ, **environ},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_modules_of_the_folder_one_stands_in_are_not_ours(tmp_path: Path) -> None:
    for name in ("typer", "shlex", "click", "dataclasses"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not this one')", "utf-8")
    done = deadair_in(tmp_path, ["list", "faults"])
    assert (done.returncode, done.stderr) == (Exit.PASS, "")


@pytest.mark.parametrize(
    "switch",
    [{"PYTHONOPTIMIZE": "2"}, {"PYTHONWARNINGS": "error"}, {"PYTHONDEVMODE": "1"}, {"PYTHONASYNCIODEBUG": "1"}],
)
def test_a_switch_of_the_shell_makes_it_no_other_program(tmp_path: Path, switch: dict[str, str]) -> None:
    done = deadair_in(tmp_path, ["list", "rules"], **switch)
    assert (done.returncode, done.stderr) == (Exit.PASS, "")
    assert "no_data_deadline" in done.stdout


def test_what_is_dropped_of_the_shell_before_a_run_is_named_too(tmp_path: Path) -> None:
    switches = {"PYTHONOPTIMIZE": "1", "POLARS_MAX_THREADS": "none", "_DEADAIR_COMPLETE": "source_bash"}
    done = deadair_in(
        tmp_path, ["run", str(written(tmp_path)), "--engine", "simulated", "--reports", "reports"], **switches
    )
    assert (done.returncode, "Traceback" in done.stderr) == (Exit.PASS, False)
    made = json.loads((tmp_path / "reports/latest/environment.json").read_text("utf-8"))
    assert set(switches) <= set(made["dropped_variables"])
    assert "DEADAIR_DROPPED" not in made["dropped_variables"]


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_streams_that_are_closed_change_no_exit_code(closed: tuple[int, ...]) -> None:
    redirections = " ".join(f"{number}>&-" for number in closed)
    command = ["/bin/sh", "-c", f'exec "$0" -m deadair list faults {redirections}', sys.executable]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == Exit.PASS
