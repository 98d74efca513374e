"""What a described target is asked, and whatever may be answered: readings, a number, or a sentence."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from deadair.model.errors import HarnessError
from deadair.model.reading import Reading
from deadair.targets.request import Answer, Request
from tests.unit.described_site import answering, site_of, target_of
from tests.unit.target_texts import CRIB, changed

STORED = '  stored: {http: {socket: api, path: "/readings?of={account}"}, items: /readings}\n'
SQL = """\
  stored: {sql: {file: "{data}/crib.db", query: "select at, mg from readings where child = :account"}, times: ms}
  backlog: {sql: {file: "{data}/crib.db", query: "select count(*) from inbox"}}
"""


def test_stored_readings_are_asked_of_a_patient_doubles_included(tmp_path: Path) -> None:
    seen: list[tuple[str, str, str]] = []

    def ask(socket: str, request: Request, limit_s: float) -> Answer:
        seen.append((socket, request.method, request.path))
        return Answer(200, b'{"readings": [{"measured": 60, "value": 100}, {"measured": 60, "value": 100.0}]}')

    assert target_of(tmp_path).stored(3, site_of(tmp_path, ask)) == (Reading(60, 100), Reading(60, 100))
    assert seen == [("api", "GET", "/readings?of=device-3")]


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (500, b"oops", "GET /readings?of={account} was answered 500: b'oops'"),
        (200, b"<html>", "GET /readings?of={account} was answered with no JSON"),
        (200, b"[]", "what `stored` was answered with has no list at '/readings'"),
        (200, b'{"readings": {}}', "has no list at '/readings'"),
        (200, b'{"readings": [1]}', "`stored`: nothing is no moment of the form `s`"),
        (200, b'{"readings": [{"measured": "soon", "value": 1}]}', "`stored`: 'soon' is no moment of the form `s`"),
        (200, b'{"readings": [{"measured": 1, "value": 5.5}]}', "`stored`: 5.5 is no whole number of mg/dL"),
        (200, b'{"readings": [{"measured": 1, "value": 1e300}]}', "`stored`: 1e+300 is no whole number of mg/dL"),
        (200, b'{"readings": [{"measured": 1, "value": true}]}', "`stored`: True is no whole number of mg/dL"),
        (200, b'{"readings": [{"measured": 1}]}', "`stored`: nothing is no whole number of mg/dL"),
        (200, b'{"readings": [{"measured": 1e400, "value": 1}]}', "no JSON"),
    ],
)
def test_an_answer_that_is_no_list_of_readings_is_none(tmp_path: Path, status: int, body: bytes, said: str) -> None:
    with pytest.raises(HarnessError) as caught:
        target_of(tmp_path).stored(1, site_of(tmp_path, answering(status, body)))
    assert said in str(caught.value)


def test_what_has_no_probe_is_not_asked(tmp_path: Path) -> None:
    target = target_of(tmp_path, CRIB[: CRIB.index("probes:")])
    assert target.backlog(site_of(tmp_path)) is None
    with pytest.raises(HarnessError, match="its target file has no probe `stored`"):
        target.stored(1, site_of(tmp_path))


@pytest.mark.parametrize(("body", "waiting"), [(b'{"n": 0}', 0), (b'{"n": 12}', 12), (b'{"n": 3.0}', 3)])
def test_a_backlog_is_a_number_of_readings(tmp_path: Path, body: bytes, waiting: int) -> None:
    target = target_of(tmp_path, changed((STORED, "  backlog: {http: {socket: api}, waiting: /n}\n")))
    assert target.backlog(site_of(tmp_path, answering(200, body))) == waiting


@pytest.mark.parametrize(
    "body", [b'{"n": -1}', b'{"n": 1.5}', b'{"n": "2"}', b'{"n": true}', b"{}", b'{"n": null}', b'{"n": 1e300}']
)
def test_anything_else_is_no_backlog(tmp_path: Path, body: bytes) -> None:
    target = target_of(tmp_path, changed((STORED, "  backlog: {http: {socket: api}, waiting: /n}\n")))
    with pytest.raises(HarnessError, match="which is no number of readings"):
        target.backlog(site_of(tmp_path, answering(200, body)))


def database(tmp_path: Path, *statements: str) -> None:
    (tmp_path / "data").mkdir(exist_ok=True)
    with closing(sqlite3.connect(tmp_path / "data/crib.db")) as made:
        for statement in statements:
            made.execute(statement)
        made.commit()


def test_a_database_is_asked_by_its_file(tmp_path: Path) -> None:
    database(
        tmp_path,
        "create table readings (child, at, mg)",
        "create table inbox (id)",
        "insert into readings values ('device-1', 60000, 100), ('device-2', 60000, 101), ('device-1', 120000, 102)",
        "insert into inbox values (1), (2)",
    )
    target = target_of(tmp_path, changed((STORED, SQL)))
    assert target.stored(1, site_of(tmp_path)) == (Reading(60, 100), Reading(120, 102))
    assert target.backlog(site_of(tmp_path)) == 2


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (("create table other (id)",), "the query failed: no such table: readings"),
        (
            ("create table readings (child, at, mg)", "insert into readings values ('device-1', null, 1)"),
            "nothing is no moment",
        ),
    ],
)
def test_a_database_that_cannot_be_asked_is_a_sentence(tmp_path: Path, statements: tuple[str, ...], said: str) -> None:
    database(tmp_path, *statements)
    with pytest.raises(HarnessError) as caught:
        target_of(tmp_path, changed((STORED, SQL))).stored(1, site_of(tmp_path))
    assert said in str(caught.value)


def test_a_query_that_has_no_end_is_left_at_its_limit_and_nothing_is_written(tmp_path: Path) -> None:
    endless = "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n"
    database(tmp_path, "create table inbox (id)")
    for query, said in ((endless, "interrupted"), ("delete from inbox", "readonly"), ("select 1", None)):
        text = changed((STORED, f'  backlog: {{sql: {{file: "{{data}}/crib.db", query: "{query}"}}}}\n'))
        if said is None:
            assert target_of(tmp_path, text).backlog(site_of(tmp_path)) == 1
            continue
        with pytest.raises(HarnessError, match=said):
            target_of(tmp_path, text).backlog(site_of(tmp_path))
    with pytest.raises(HarnessError, match="unable to open database file"):
        target_of(tmp_path, text.replace("crib.db", "gone.db")).backlog(site_of(tmp_path))
    assert not (tmp_path / "data/gone.db").exists()
