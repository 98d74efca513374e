"""report.html, whatever the run left behind and whatever it is told: damage is a sentence, hostile text stays text."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.history.manifest import seal
from deadair.model.phone_trace import PhoneTrace
from deadair.model.run_folder import RunFolder
from deadair.reporting.html import render
from tests.unit.html_page import Page
from tests.unit.run_folder_builder import build, hostile, judgement_of


@pytest.mark.parametrize(
    "text",
    [
        """<script>alert(1)</script>"><img src=x onerror=alert(1)>{{ 7 * 7 }}</style><b>]]>""",
        "\x00\x1b[2J'-->&lt;",
    ],
)
def test_hostile_text_stays_text(tmp_path: Path, text: str) -> None:
    run = build(tmp_path / "run", devices=8, unalerted=("west",))
    roster = run.roster.read_text().replace('"cohort": "south"', '"cohort": "<script>alert(1)</script>"')
    run.roster.write_text(roster)
    page = Page(render(run, judgement_of(run, **hostile(text))))
    assert not page.of("script")
    assert not page.of("img")
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert len(page.of("style")) == 1
    assert "\x00" not in page.text
    assert "\x1b" not in page.text
    shown = "".join(sign for sign in text if sign.isprintable())
    assert shown in page.text


@pytest.mark.usefixtures("_quick_drawing")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PhoneTrace(phone=3, patient=1, lanes=()).model_dump_json(), "the trace is empty"),
        ("{}", "trace.json cannot be read"),
    ],
)
def test_an_empty_or_damaged_trace_is_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    run = build(tmp_path / "run", devices=8)
    run.trace.write_text(text)
    seal(run.history)
    assert said in Page(render(run, judgement_of(run))).text


@pytest.mark.usefixtures("_quick_drawing")
def test_very_long_text_does_not_make_a_very_long_page(tmp_path: Path) -> None:
    run = build(tmp_path / "run", devices=8)
    assert len(render(run, judgement_of(run, **hostile("x" * 1_000_000)))) < 1_000_000


def _without_history(run: RunFolder) -> None:
    for shard in run.history.iterdir():
        shard.unlink()


def _torn(run: RunFolder) -> None:
    shard = run.history / "fleet.arrow"
    shard.write_bytes(shard.read_bytes()[:4000])


def _empty_shards(run: RunFolder) -> None:
    for shard in run.history.glob("*.arrow"):
        shard.write_bytes(b"")
    seal(run.history)


def _no_runner(run: RunFolder) -> None:
    (run.history / "runner.arrow").unlink()


def _bad_roster(run: RunFolder) -> None:
    run.roster.write_text('{"devices": [{"surprise": 1}], "phones": 7}')


def _bad_scenario(run: RunFolder) -> None:
    run.scenario.write_bytes(b"\xff\xfe: [")


def _no_files(run: RunFolder) -> None:
    _without_history(run)
    run.history.rmdir()
    run.roster.unlink()
    run.scenario.unlink()


@pytest.mark.usefixtures("_quick_drawing")
@pytest.mark.parametrize(
    "damage", [_without_history, _torn, _empty_shards, _no_runner, _bad_roster, _bad_scenario, _no_files]
)
def test_a_damaged_run_still_gets_a_page_that_says_so(tmp_path: Path, damage: object) -> None:
    run = build(tmp_path / "run", devices=8, unalerted=("west",))
    judgement = judgement_of(run)
    assert callable(damage)
    damage(run)
    page = Page(render(run, judgement))
    assert "Not everything could be read" in page.text
    assert judgement.why in page.text
    assert judgement.replay in page.text
