"""What a run's ``verdict.json`` is worth: what the evidence beside it comes to, judged anew. Writes nothing."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json

from deadair.judging.format_1 import stored_verdict
from deadair.judging.judge import judge, judge_run
from deadair.judging.stored_run import read_run, short
from deadair.model.errors import HarnessError
from deadair.model.judgement import Judgement
from deadair.model.run_folder import RunFolder
from deadair.model.stored_file import read_stored

SENTENCES = frozenset({"why", "blast_radius", "replay", "examples", "doubts", "not_judged", "health", "format"})
"""What may be said otherwise by another version. It is never shown as it was stored: it is said anew."""


@dataclass(frozen=True, slots=True)
class JudgedAnew:
    """A stored run's judgement of today. ``kept``: why nothing that is there may be overwritten; empty if it may."""

    judgement: Judgement
    kept: str


def judge_anew(folder: RunFolder) -> JudgedAnew:
    """Judge a stored run again. Raises HarnessError if its scenario cannot be read.

    Damaged evidence cannot be judged as it once was. What comes of it takes the place of no older judgement.
    """
    run = read_run(folder)
    judgement = judge_run(run, replay=f"deadair replay {shlex.quote(folder.shown)}")
    results = (folder.verdict, folder.report, folder.junit, folder.summary)
    if not run.damage or not any(map(os.path.lexists, results)) or _says_the_same(folder, judgement):
        return JudgedAnew(judgement, "")
    why = f"nothing was overwritten, for the evidence is damaged ({run.damage[0]})"
    return JudgedAnew(judgement, f"{folder.shown}: {why}; restore it and check again")


def stored_judgement(folder: RunFolder) -> Judgement:
    """Read a run's verdict, also one of format 1. Raises HarnessError."""
    try:
        return stored_verdict(read_stored(folder.verdict))
    except (OSError, ValueError) as error:
        text = f"{folder.verdict} cannot be read ({short(error)}); `deadair check` judges a run anew"
        raise HarnessError(text) from None


def own_judgement(folder: RunFolder) -> Judgement:
    """Return a run's judgement, judged anew. Raises HarnessError if ``verdict.json`` claims anything else.

    So an edited verdict, or one of another run, is never shown; and a changed rule is seen before it is reported.
    """
    stored, judged = stored_judgement(folder), judge(folder)
    if (why := contradiction(stored, judged)) is not None:
        raise HarnessError(
            f"{folder.verdict} cannot be trusted: {why} ({judged.why[:300]}); `deadair check` judges a run anew"
        )
    return judged


def own_plan(folder: RunFolder) -> Judgement:
    """Return a run's judgement, of a run whose plan can be made again. Raises HarnessError."""
    if damage := read_run(folder).damage:
        raise HarnessError(
            f"{folder.shown}: this run cannot be replayed ({damage[0]}); restore it, or run its plan as a new run: "
            f"`deadair run {shlex.quote(str(folder.scenario))}`"
        )
    return own_judgement(folder)


def contradiction(stored: Judgement, judged: Judgement) -> str | None:
    """Return the first figure of a stored judgement that is another one today; none if all that it claims holds."""
    claims = stored.model_dump(mode="json", exclude_unset=True)
    return _differing(claims, from_json(judged.model_dump_json()), "")


def _differing(claimed: Any, found: Any, where: str) -> str | None:
    """Compare what was stored; a field that was not stored claims nothing."""
    if isinstance(claimed, Mapping) and isinstance(found, Mapping):
        shared = [name for name in claimed if name in found and name not in SENTENCES]
        inside = (_differing(claimed[name], found[name], f"{where}.{name}".strip(".")) for name in shared)
        return next((why for why in inside if why is not None), None)
    if isinstance(claimed, list) and isinstance(found, list) and len(claimed) == len(found):
        inside = (_differing(*pair, f"{where}[{n}]") for n, pair in enumerate(zip(claimed, found, strict=True)))
        return next((why for why in inside if why is not None), None)
    if claimed == found:
        return None
    return f"it says {where}: {_shown(claimed)}, and its evidence comes to {_shown(found)}"


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value[:60] if value.isprintable() else ascii(value)[:60]
    return f"a list of {len(value)}" if isinstance(value, Sequence) else str(value)[:60]


def _says_the_same(folder: RunFolder, judgement: Judgement) -> bool:
    try:
        return contradiction(stored_judgement(folder), judgement) is None
    except HarnessError:
        return False
