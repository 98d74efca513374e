"""The terminal's closing block."""

from __future__ import annotations

import re

import pytest

from deadair.model.judgement import Doubt, Judgement
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Verdict
from deadair.reporting.terminal_summary import COLUMNS, DOUBTS_MAX, summarise
from tests.unit.run_folder_builder import build, hostile, judgement_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return build(tmp_path_factory.mktemp("run"), devices=40, unalerted=("west",))


@pytest.fixture(scope="module")
def judgement(folder: RunFolder) -> Judgement:
    return judgement_of(folder)


def test_the_verdict_leads_and_everything_asked_for_is_there(folder: RunFolder, judgement: Judgement) -> None:
    text = summarise(judgement, folder)
    assert text.splitlines()[0] == "FAIL  thanksgiving-2019: passed 5 of 6 rules"
    flat = " ".join(text.split())
    assert judgement.why in flat
    assert f"{judgement.silences.count} silences" in flat
    for path, tally in judgement.alert_paths.items():
        assert f"{path.replace('_', ' ')}: {tally.alerted_in_time} alerted in time, {tally.alerted_first} first" in flat
    for finding in judgement.findings:
        assert finding.rule in flat
    assert "f7 partition notifier→push: proved, healed" in flat
    assert "fleet lag p99 3.2 ms of 500 ms allowed" in flat
    assert f"report {folder.report}" in flat
    assert judgement.replay in flat


def test_it_has_no_colour_codes_and_only_paths_may_be_long(folder: RunFolder, judgement: Judgement) -> None:
    text = summarise(judgement, folder)
    assert "\x1b" not in text
    long = [line for line in text.splitlines() if len(line) > COLUMNS]
    assert all(line.split()[0] in ("report", "again") for line in long)


def test_doubts_and_unproved_faults_are_told(folder: RunFolder, judgement: Judgement) -> None:
    limp = judgement.faults[-1].model_copy(update={"proved": False, "heal_proved": False, "why": "no byte stood still"})
    doubt = Doubt(kind="validity", what="the fleet was late", from_s=60, until_s=90)
    changed = judgement.model_copy(update={"verdict": Verdict.UNKNOWN, "faults": (limp,), "doubts": (doubt,)})
    flat = " ".join(summarise(changed, folder).split())
    assert flat.startswith("UNKNOWN")
    assert "partition notifier→push: NOT PROVED, healing NOT PROVED; blast radius: " in flat
    assert "validity: the fleet was late (from 1 min to 1 min 30 s)" in flat


def test_without_doubts_an_unproved_fault_says_why(folder: RunFolder, judgement: Judgement) -> None:
    limp = judgement.faults[-1].model_copy(update={"proved": False, "why": "no byte stood still"})
    flat = " ".join(summarise(judgement.model_copy(update={"faults": (limp,)}), folder).split())
    assert "NOT PROVED, healed (no byte stood still)" in flat


def test_many_doubts_are_counted_not_listed(folder: RunFolder, judgement: Judgement) -> None:
    many = tuple(Doubt(kind="coverage", what=f"reason {number}") for number in range(50))
    text = summarise(judgement.model_copy(update={"doubts": many}), folder)
    assert text.count("coverage: reason") == DOUBTS_MAX
    assert f"and {50 - DOUBTS_MAX} more doubts: see the report" in text


@pytest.mark.parametrize("text", ["[bold red]shout[/]", "[/]", "\x1b]0;title\x07\x1b[2J", "a\r\nb\x00", "z" * 50_000])
def test_hostile_text_is_shown_not_obeyed(folder: RunFolder, judgement: Judgement, text: str) -> None:
    changed = judgement.model_copy(update=hostile(text))
    plain = summarise(changed, folder)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", plain)
    assert len(plain) < 30_000
