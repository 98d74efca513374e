"""The report in a real browser: readable at a desk and on a phone, silent on the network, free of errors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from deadair.model.run_folder import RunFolder
from deadair.reporting.palette import COLOURS
from deadair.reporting.report_files import write_reports
from tests.unit.run_folder_builder import build, hostile, judgement_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LIMIT_MS = 30_000
SHEETS = [(1280, "wide"), (390, "narrow")]


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = build(tmp_path_factory.mktemp("failed"), unalerted=("east", "west"))
    write_reports(folder, judgement_of(folder))
    return folder


class Visit:
    """A page with what it asked the network for and what it complained about."""

    def __init__(self, browser: Browser, report: Path, width: int, scheme: Literal["light", "dark"] = "light") -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page: Page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.page.set_default_timeout(LIMIT_MS)
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(report.as_uri())

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize(("width", "sheet"), SHEETS)
def test_a_failed_run_reads_well(browser: Browser, failed: RunFolder, width: int, sheet: str) -> None:
    visit = Visit(browser, failed.report, width)
    try:
        assert visit.page.locator("#verdict").inner_text() == "Fail"
        box = visit.page.locator("#verdict").bounding_box()
        assert box is not None
        assert box["y"] < 300
        assert visit.page.locator("#verdict").is_visible()
        assert visit.overflow() <= 0
        assert visit.complaints == []
        assert visit.requests == [failed.report.as_uri()]
        shown = visit.page.locator("figure svg:visible")
        assert shown.count() == visit.page.locator(f"figure .{sheet} svg").count() == 9
        for number in range(shown.count()):
            drawing = shown.nth(number).bounding_box()
            assert drawing is not None
            assert drawing["width"] > 250
            assert drawing["x"] + drawing["width"] <= width
    finally:
        visit.page.close()


@pytest.mark.parametrize(("width", "sheet"), SHEETS)
def test_opening_every_detail_does_not_widen_the_page(
    browser: Browser, failed: RunFolder, width: int, sheet: str
) -> None:
    visit = Visit(browser, failed.report, width)
    try:
        visit.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert visit.page.locator(".events:visible").count() == 5, sheet
        assert visit.overflow() <= 0
    finally:
        visit.page.close()


def test_words_in_charts_are_readable_in_the_dark(browser: Browser, failed: RunFolder) -> None:
    seen: dict[str, list[str]] = {}
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        visit = Visit(browser, failed.report, 1280, scheme)
        try:
            word = "getComputedStyle(document.querySelector('figure .wide svg text')).fill"
            paper = "getComputedStyle(document.body).backgroundColor"
            seen[scheme] = [str(visit.page.evaluate(word)), str(visit.page.evaluate(paper))]
        finally:
            visit.page.close()
    quiet, paper_pair = COLOURS["quiet"], COLOURS["paper"]
    assert seen["light"] == [_rgb(quiet[0]), _rgb(paper_pair[0])]
    assert seen["dark"] == [_rgb(quiet[1]), _rgb(paper_pair[1])]


def _rgb(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"


@pytest.mark.parametrize(("width", "sheet"), SHEETS)
def test_hostile_names_run_nothing_and_widen_nothing(browser: Browser, tmp_path: Path, width: int, sheet: str) -> None:
    folder = build(tmp_path / "run", devices=8, unalerted=("west",))
    folder.roster.write_text(
        folder.roster.read_text().replace('"cohort": "west"', '"cohort": "<script>alert(1)</script>"')
    )
    text = "<script>document.title = 'owned'</script><img src=x onerror=alert(1)>" + "W" * 3000
    write_reports(folder, judgement_of(folder, **hostile(text)))
    visit = Visit(browser, folder.report, width)
    try:
        assert visit.page.title() != "owned"
        assert visit.page.locator("#verdict").is_visible(), sheet
        assert visit.overflow() <= 0
        assert visit.complaints == []
        assert visit.requests == [folder.report.as_uri()]
    finally:
        visit.page.close()


def test_a_run_without_history_still_shows_its_verdict(browser: Browser, tmp_path: Path) -> None:
    folder = build(tmp_path / "run", devices=8)
    judgement = judgement_of(folder)
    for shard in folder.history.iterdir():
        shard.unlink()
    write_reports(folder, judgement)
    visit = Visit(browser, folder.report, 390)
    try:
        assert visit.page.get_by_text("Not everything could be read").is_visible()
        assert visit.page.locator("figure svg").count() == 0
        assert visit.overflow() <= 0
    finally:
        visit.page.close()
