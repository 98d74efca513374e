"""Writes the files of a run folder and of a gate, each whole or not at all.

What machines need is written first, so that nothing that goes wrong with a chart can cost a pipeline its verdict: not
the file, and not the exit code either.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from itertools import count as count_from
from pathlib import Path
from typing import Any

from deadair.model.clock import utc_stamp
from deadair.model.errors import HarnessError, of_disk
from deadair.model.judgement import Judgement, Subject
from deadair.model.plural import count
from deadair.model.report_error import ReportError
from deadair.model.run_folder import RunFolder
from deadair.model.stored_file import read_stored
from deadair.model.verdict import Exit, Verdict, least_verdict, worst
from deadair.reporting.charts import UNDRAWN
from deadair.reporting.junit import junit_xml
from deadair.reporting.markdown import gate_md, summary_md

GATES_MAX = 1000
"""Gate folders of one and the same second, before something else must be wrong."""


def report_run(folder: RunFolder, judgement: Judgement) -> tuple[str, ...]:
    """Write a run's reports; return a sentence for what could not be drawn, which costs no verdict.

    Raises ReportError, which carries the judgement, whatever else goes wrong with them.
    """
    try:
        return write_reports(folder, judgement)
    except HarnessError as error:
        raise ReportError(str(error), folder, judgement) from error
    except Exception as error:
        said = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        text = f"not all reports could be written ({said}); `deadair report {folder.shown}` tries again"
        raise ReportError(text, folder, judgement) from error


def write_reports(folder: RunFolder, judgement: Judgement) -> tuple[str, ...]:
    """Write verdict.json, junit.xml, summary.md and report.html; return a sentence if charts are missing.

    A page that lacks charts never takes the place of one of the same verdict that has them. Raises HarnessError if the
    disk refuses.
    """
    verdict = _json(_plain(judgement.model_dump(mode="json")))
    before = _undrawn(_read(folder.report)) if _read(folder.verdict) == verdict else None
    _keep_earlier(folder, verdict)
    _write(folder.verdict, verdict)
    _write(folder.junit, junit_xml([judgement]))
    _write(folder.summary, _utf8(summary_md(judgement)))
    # The page brings the template engine and the charts with it: only who writes one pays for them.
    from deadair.reporting.html import render  # noqa: PLC0415

    page = _utf8(render(folder, judgement))
    undrawn = _undrawn(page) or 0
    if before is not None and undrawn > before:
        return (f"{folder.report}: {count(undrawn, 'chart')} could not be drawn now; the page that was there is kept",)
    _write(folder.report, page)
    if not undrawn:
        return ()
    return (f"{folder.report}: {count(undrawn, 'chart')} could not be drawn; the page says why, and has the tables",)


def write_gate(
    reports: Path,
    runs: Sequence[tuple[RunFolder, Judgement]],
    unjudged: Sequence[Judgement],
    code: Exit,
    *,
    run_again: Sequence[tuple[RunFolder, Judgement]] = (),
) -> Path:
    """Write ``reports/_gate/<UTC>/`` over all runs and return it. Raises HarnessError if the disk refuses.

    ``unjudged`` stand for scenarios that were asked for and have no run: without them a gate would look green. No file
    of a gate is milder than its exit code. ``run_again``: runs that came to nothing and were run again; they count for
    nothing, and are shown.
    """
    folder = _new_folder(reports / "_gate")
    placed = [(os.path.relpath(run.root, folder), judgement) for run, judgement in runs]
    earlier = [(os.path.relpath(run.root, folder), judgement) for run, judgement in run_again]
    placed += [("", judgement) for judgement in unjudged]
    verdict = worst(judgement.verdict for _, judgement in placed)
    least = least_verdict(code)
    if worst((verdict, least)) is not verdict:
        placed.append(("", _all_of_them(least, code)))
        verdict = least
    gate = {
        "format": 2,
        "verdict": verdict.value,
        "exit": int(code),
        "runs": [_gate_run(where, judgement) for where, judgement in placed],
        "run_again": [_gate_run(where, judgement) for where, judgement in earlier],
    }
    _write(folder / "verdict.json", _json(gate))
    _write(folder / "junit.xml", junit_xml([each for _, each in placed], run_again=[each for _, each in earlier]))
    _write(folder / "summary.md", _utf8(gate_md(placed, run_again=earlier)))
    return folder


def _gate_run(where: str, judgement: Judgement) -> dict[str, Any]:
    return {"run": where, **_plain(judgement.model_dump(mode="json"))}


def _all_of_them(verdict: Verdict, code: Exit) -> Judgement:
    """Return what stands in a gate for trouble that none of its runs tells of."""
    why = f"the runs ended with exit code {int(code)}, and the verdict of none of them says so: read what was printed"
    nobody = Subject(version="unknown", command="unknown", configuration_sha256="")
    return Judgement(
        scenario="all-of-them", target="unknown", engine="unknown", seed=0, speed=1, verdict=verdict, why=why,
        subject=nobody, history_sha256="", replay="",
    )  # fmt: skip


def _new_folder(gates: Path) -> Path:
    stamp = utc_stamp()
    try:
        for number in range(1, GATES_MAX):
            folder = gates / (stamp if number == 1 else f"{stamp}-{number}")
            try:
                folder.mkdir(parents=True)
            except FileExistsError:
                continue
            return folder
    except OSError as error:
        raise of_disk(gates, error) from None
    raise HarnessError(f"{gates}: {GATES_MAX} gates began in one second. Clear this folder and run again.")


def _write(path: Path, content: bytes) -> None:
    """Put a whole file in place: a reader sees the old one or the new one, never half of one."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        kept = "the run's history is kept, and `deadair report RUN` writes the reports again"
        raise HarnessError(f"{of_disk(path, error)}; {kept}") from None


def _keep_earlier(folder: RunFolder, verdict: bytes) -> None:
    """Keep what is in the verdict's place beside it, whatever it is, unless it says the same as the new one.

    A verdict that says the same may name another way to the folder in its command. Raises HarnessError.
    """
    if not os.path.lexists(folder.verdict) or _judged(_read(folder.verdict)) == _judged(verdict):
        return
    free = (path for number in count_from(1) if not os.path.lexists(path := folder.earlier_verdict(number)))
    kept = next(free)
    try:
        try:
            os.link(folder.verdict, kept, follow_symlinks=False)
        except OSError:  # a folder, or a disk that knows no links
            folder.verdict.rename(kept)
    except OSError as error:
        raise of_disk(kept, error) from None


def _judged(verdict: bytes) -> Any:
    """Return what a verdict says, but for the command that makes its run again."""
    try:
        said = json.loads(verdict)
    except (ValueError, RecursionError):
        return verdict
    return {**said, "replay": ""} if isinstance(said, dict) else verdict


def _read(path: Path) -> bytes:
    """Return what a file says; nothing of one that cannot be read."""
    try:
        return read_stored(path)
    except OSError:
        return b""


def _undrawn(page: bytes) -> int | None:
    """Count the charts that are missing on a page; none if it is no page."""
    return page.count(UNDRAWN.encode()) if page else None


def _json(value: Any) -> bytes:
    # A lone surrogate becomes its JSON escape instead of an error.
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _plain(value: Any) -> Any:
    """Return a value in which what JSON cannot say (infinity, not a number) is null."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
