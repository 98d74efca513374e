"""report.html: one self-contained page, with all that there is to tell of a run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deadair.history.manifest import seal
from deadair.model.environment import Environment
from deadair.model.judgement import Doubt, Judgement
from deadair.model.phone_trace import PhoneTrace, TraceStep
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Verdict
from deadair.reporting import charts
from deadair.reporting.html import render
from deadair.reporting.run_reader import read_story
from deadair.reporting.run_story import SilenceOutcome, Story
from tests.unit.html_page import Page
from tests.unit.run_folder_builder import build, judgement_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return build(tmp_path_factory.mktemp("run"), unalerted=("west",))


@pytest.fixture(scope="module")
def judgement(folder: RunFolder) -> Judgement:
    return judgement_of(folder)


@pytest.fixture(scope="module")
def html(folder: RunFolder, judgement: Judgement) -> str:
    return render(folder, judgement)


@pytest.fixture(scope="module")
def story(folder: RunFolder, judgement: Judgement) -> Story:
    return read_story(folder, judgement)


def test_it_says_the_verdict_in_words_and_why(html: str, judgement: Judgement) -> None:
    page = Page(html)
    assert re.search(r'<span id="verdict">Fail</span>', html)
    assert judgement.why in page.text
    assert "Fail: thanksgiving-2019" in page.text


def test_a_run_in_virtual_time_says_so(folder: RunFolder, judgement: Judgement) -> None:
    page = Page(render(folder, judgement.model_copy(update={"engine": "simulated"})))
    assert "this run was in virtual time" in page.text


def test_every_part_is_there(html: str, judgement: Judgement) -> None:
    page = Page(html)
    for heading in (
        "Fault injection: what was broken, and when", "How many phones were blind", "Who was not alerted",
        "Time to alert", "Alert paths", "The worst five silences", "Rules", "Doubts", "Faults", "The harness itself",
        "Which build was judged", "Run it again",
    ):  # fmt: skip
        assert heading in page.text
    for word in (
        judgement.replay,
        judgement.history_sha256,
        judgement.subject.version,
        "notifier→push",
        "NEVER ALERTED",
    ):
        assert word in page.text
    for finding in judgement.findings:
        assert finding.why in page.text


def test_charts_are_drawn_for_both_widths_with_names_and_distinct_clip_paths(html: str) -> None:
    drawings = Page(html).of("svg")
    assert len(drawings) == 2 * (4 + 5)
    assert all(each["role"] == "img" and each["aria-label"] for each in drawings)
    assert html.count("<title>") == 1 + len(drawings)
    clips = re.findall(r'<clipPath id="([^"]+)"', html)
    owners = {clip.rsplit("clip", 1)[0] for clip in clips}
    assert len(clips) == len(set(clips))
    assert len(owners) > 1
    assert set(re.findall(r"url\(#([^)]+)\)", html)) <= set(clips)


def test_it_asks_the_network_for_nothing(html: str) -> None:
    page = Page(html)
    assert not page.of("script")
    assert not page.of("img")
    assert not page.of("iframe")
    assert [each["href"] for each in page.of("link")] == ["data:,"]
    assert all((each["href"] or "").startswith("#") for each in page.of("a"))
    assert not re.search(r"@import|url\((?!#)", html)
    policy = next(each["content"] for each in page.of("meta") if each.get("http-equiv") == "Content-Security-Policy")
    assert (policy or "").startswith("default-src 'none'")


def test_it_is_small_enough_to_keep_for_ever(html: str) -> None:
    assert len(html.encode()) < 3_000_000


def test_the_story_tells_what_the_rules_found(story: Story, judgement: Judgement) -> None:
    assert story.gaps == ()
    assert len(story.silences) == judgement.silences.count
    told = [silence for silence in story.silences if silence.outcome is SilenceOutcome.ALERTED]
    assert len(told) == judgement.silences.alerted_in_time
    finding = judgement.findings[0]
    untold = [s for s in story.silences if s.outcome in (SilenceOutcome.NEVER, SilenceOutcome.LATE)]
    assert len(untold) == finding.violations > 50
    assert {silence.cohort for silence in untold} == {"west"}
    latest = max(s.time_to_alert_s for s in story.silences if s.time_to_alert_s is not None)
    assert latest == judgement.silences.time_to_alert_s.max


def test_the_worst_are_never_alerted_and_of_different_patients(story: Story) -> None:
    assert len(story.lanes) == 5
    assert {lane.silence.outcome for lane in story.lanes} == {SilenceOutcome.NEVER}
    assert len({lane.silence.patient for lane in story.lanes}) == 5
    longest = max(s.overdue_s for s in story.silences if s.outcome is SilenceOutcome.NEVER)
    assert story.lanes[0].silence.overdue_s == longest
    for lane in story.lanes:
        assert lane.measured_s
        assert lane.shown
        assert [ringing.path for ringing in lane.ringing] == ["phone_timer"]


def test_a_pass_shows_the_slowest(tmp_path: Path) -> None:
    calm = build(tmp_path / "run", devices=40)
    judgement = judgement_of(calm)
    assert judgement.verdict is Verdict.PASS
    told = read_story(calm, judgement)
    assert told.lanes[0].silence.time_to_alert_s == judgement.silences.time_to_alert_s.max
    html = render(calm, judgement)
    page = Page(html)
    assert '"verdict">Pass<' in html
    assert "NEVER ALERTED" not in page.text.replace("NOT TOLD", "")


@pytest.mark.usefixtures("_quick_drawing")
def test_a_doubt_makes_the_silences_it_touches_suspected(folder: RunFolder, judgement: Judgement) -> None:
    everything = Doubt(kind="validity", what="the fleet was starved")
    told = read_story(folder, judgement.model_copy(update={"doubts": (everything,)}))
    assert all(silence.suspected for silence in told.silences if silence.outcome is not SilenceOutcome.EXCUSED)
    page = Page(render(folder, judgement.model_copy(update={"doubts": (everything,), "verdict": Verdict.UNKNOWN})))
    assert "in doubt, not judged" in page.text
    assert "the fleet was starved" in page.text


def test_a_chart_that_cannot_be_drawn_is_a_sentence(
    folder: RunFolder, judgement: Judgement, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(spec: object, label: str) -> str:
        raise ValueError("out of ink")

    monkeypatch.setattr(charts, "svg", broken)
    page = Page(render(folder, judgement))
    assert not page.of("svg")
    assert "This chart could not be drawn (out of ink)." in page.text


STEPS = (
    TraceStep(at_s=10, where="device", what="measured", measured_s=10, detail="120 mg/dL"),
    TraceStep(at_s=12, where="gateway", what="inbox", source="device", measured_s=10),
    TraceStep(at_s=20, where="phone", what="poll", detail="NO ANSWER after 60 s <script>"),
)


def test_the_phone_that_a_run_followed_is_drawn_as_a_message_sequence(tmp_path: Path) -> None:
    run = build(tmp_path / "run", devices=8)
    judgement = judgement_of(run)
    assert "Following one phone" not in render(run, judgement)
    run.trace.write_text(
        PhoneTrace(phone=3, patient=1, lanes=("device", "gateway", "phone"), steps=STEPS).model_dump_json()
    )
    seal(run.history)
    page = Page(render(run, judgement))
    assert "Phone 3, following patient 1: 3 steps." in page.text
    drawn = [each for each in page.of("svg") if "The way of readings" in (each["aria-label"] or "")]
    assert len(drawn) == 2
    assert "NO ANSWER after 60 s <script>" in page.text
    assert not page.of("script")


def test_the_variables_that_reached_no_part_of_the_run_are_named(tmp_path: Path) -> None:
    folder = build(tmp_path)
    assert "not from the shell" not in render(folder, judgement_of(folder))
    made = Environment.model_validate_json(folder.environment.read_bytes())
    dropped = {"dropped_variables": ("FOLLOW_DEFECTS", "<b>PYTHONOPTIMIZE</b>")}
    folder.environment.write_text(made.model_copy(update=dropped).model_dump_json(), "utf-8")
    said = Page(render(folder, judgement_of(folder))).text
    assert "2 variables reached no part of it" in said
    assert "FOLLOW_DEFECTS <b>PYTHONOPTIMIZE</b>" in said
