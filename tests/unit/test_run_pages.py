"""The pages of the run browser: what they show, what they refuse, and that nothing of a run is markup."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deadair.browser.page_guard import PageGuard
from deadair.browser.run_pages import RunPages
from deadair.judging.judge import judge
from deadair.model.verdict import Verdict
from tests.unit.page_client import PageClient
from tests.unit.run_folder_builder import build
from tests.unit.test_run_list import stored

HOST = "runs-x.localhost:8000"


def browser(reports: Path) -> PageClient:
    guard = PageGuard(RunPages(reports).app, host=HOST)
    inside = PageClient(guard, HOST, headers={"origin": f"http://{HOST}"}, follow_redirects=True)
    assert inside.get(guard.link()).status_code == 200
    return inside


def token_in(page: str) -> str:
    return str(re.findall(r'name="form_token" value="([^"]+)"', page)[0])


def test_the_list_shows_filters_and_pages(tmp_path: Path) -> None:
    for number in range(205):
        stored(tmp_path, f"kill/20261101T01{number // 60:02}{number % 60:02}Z-1")
    stored(tmp_path, "backlog/20261101T000000Z-1", verdict=Verdict.FAIL)
    inside = browser(tmp_path)
    assert "206 of 206 runs" in inside.get("/").text
    assert "page 1 of 2" in inside.get("/").text
    assert "backlog" in inside.get("/?page=2").text
    filtered = inside.get("/?verdict=fail").text
    assert "1 of 206 runs" in filtered
    assert "20261101T000000Z-1" in filtered
    for page in ("0", "-1", "x", "99999999999", ""):
        assert inside.get("/", params={"page": page}).status_code == 200


def test_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    assert "deadair run smoke/partition" in browser(tmp_path).get("/").text


def test_nothing_of_a_run_is_markup(tmp_path: Path) -> None:
    folder = stored(tmp_path, "kill/20261101T010000Z-1")
    script = "<script>alert(1)</script>"
    said = f'{{"verdict": "fail", "why": "{script}", "scenario": "{script}", "engine": "\\"><b>"}}'
    (folder / "verdict.json").write_text(said, "utf-8")
    (folder / "report.html").write_text(script, "utf-8")
    inside = browser(tmp_path)
    for page in ("/", "/run/kill/20261101T010000Z-1"):
        text = inside.get(page).text
        assert "<script" not in text
        assert "&lt;script&gt;" in text
        assert '"><b>' not in text
    report = inside.get("/run/kill/20261101T010000Z-1/report.html")
    assert report.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert report.text == script


@pytest.mark.parametrize(
    "path", ["/run/../../etc", "/run/%2e%2e/%2e%2e/report.html", "/run/kill/none", "/run/kill/none/report.html", "/x"]
)
def test_what_is_not_there_is_not_found(tmp_path: Path, path: str) -> None:
    stored(tmp_path, "kill/20261101T010000Z-1")
    assert browser(tmp_path).get(path).status_code == 404


def test_a_run_without_a_report_says_so(tmp_path: Path) -> None:
    stored(tmp_path, "kill/20261101T010000Z-1")
    answer = browser(tmp_path).get("/run/kill/20261101T010000Z-1/report.html")
    assert answer.status_code == 404
    assert "judge the run again" in answer.text


def test_a_run_is_deleted_only_with_a_question_and_a_token(tmp_path: Path) -> None:
    folder = stored(tmp_path, "kill/20261101T010000Z-1")
    inside, place = browser(tmp_path), "/run/kill/20261101T010000Z-1"
    assert "Yes, delete" not in inside.get(place).text
    page = inside.get(f"{place}?delete=1").text
    assert "Yes, delete this run for good" in page
    for form in ({}, {"form_token": "x", "sure": "yes"}, {"form_token": token_in(page)}):
        assert inside.post(f"{place}/delete", data=form).status_code == 403
        assert folder.exists()
    gone = inside.post(f"{place}/delete", data={"form_token": token_in(page), "sure": "yes"})
    assert gone.status_code == 200
    assert not folder.exists()
    assert inside.post(f"{place}/delete", data={"form_token": token_in(page), "sure": "yes"}).status_code == 404


def test_a_run_is_judged_again_by_a_form_of_the_page(tmp_path: Path) -> None:
    folder = build(tmp_path / "night" / "20261101T010000Z-1", devices=8).root
    inside, place = browser(tmp_path), "/run/night/20261101T010000Z-1"
    page = inside.get(place).text
    assert "it has no verdict" in page
    assert inside.post(f"{place}/judge", data={"form_token": "x"}).status_code == 403
    assert not (folder / "verdict.json").exists()
    judged = inside.post(f"{place}/judge", data={"form_token": token_in(page)})
    assert judged.status_code == 200
    assert (folder / "verdict.json").exists()
    assert "Open the report" in judged.text
    assert inside.get(f"{place}/report.html").status_code == 200


def test_two_runs_are_held_against_each_other(tmp_path: Path) -> None:
    names = ("20261101T010000Z-1", "20261101T020000Z-1")
    for name in names:
        folder = build(tmp_path / "night" / name, devices=8)
        folder.verdict.write_text(judge(folder).model_dump_json(), "utf-8")
    inside = browser(tmp_path)
    asked = {"before": f"night/{names[0]}", "after": f"night/{names[1]}"}
    answer = inside.get("/two", params=asked)
    assert answer.status_code == 200
    assert "rule no_data_deadline" in answer.text
    assert '<h1><span class="pass">same</span></h1>' in answer.text
    (tmp_path / "night" / names[1] / "verdict.json").write_text('{"verdict": "pass"}', "utf-8")
    damaged = inside.get("/two", params=asked)
    assert damaged.status_code == 422
    assert "cannot be read" in damaged.text
    assert inside.get("/two", params={"before": "x", "after": "../y"}).status_code == 404
