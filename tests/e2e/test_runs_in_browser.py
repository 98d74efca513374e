"""The run browser in a real browser: a link lets in once, forms work, and nothing is asked of anybody else."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.unit.run_folder_builder import build

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Request

LINK = re.compile(r"http://runs-[0-9a-f]{6}\.localhost:\d+/\?token=\S+")
END_LIMIT_S = 20


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    for minute in (1, 2):
        build(tmp_path / "reports" / "night" / f"20261101T01{minute:02}00Z-1", devices=8)
    return tmp_path / "reports"


@pytest.fixture
def link(reports: Path) -> Iterator[str]:
    """The link that ``deadair serve`` prints; an interrupt ends it with 0."""
    command = [sys.executable, "-m", "deadair", "serve", "--reports", str(reports)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline().strip()
            assert LINK.fullmatch(line)
            yield line
            process.send_signal(signal.SIGINT)
            assert process.wait(END_LIMIT_S) == 0
        finally:
            process.kill()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_run_is_judged_and_deleted_by_hand(browser: Browser, link: str, reports: Path, width: int) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.on("request", note)
    page.goto(link)
    assert "token" not in page.url
    page.click("tbody a >> nth=0")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.click("text=Judge it again")
    page.wait_for_selector("text=Open the report")
    page.click("text=Open the report")
    assert page.locator("#verdict").count() == 1
    page.go_back()
    page.click("text=Delete it")
    page.click("text=Yes, delete this run for good")
    page.wait_for_selector("text=1 of 1 runs")
    assert [run.name for run in (reports / "night").iterdir()] == ["20261101T010100Z-1"]
    host = link.partition("/?")[0]
    assert all(url.startswith((host, "data:")) for url in asked)
    other = browser.new_context().new_page()
    answer = other.goto(link)
    assert answer is not None
    assert answer.status == 403
    assert "once" in other.content() or "used up" in other.content()
