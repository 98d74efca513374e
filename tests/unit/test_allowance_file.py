"""The file by which a person allows what is refused otherwise is as strict as every other."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from deadair.model.errors import ScenarioError
from deadair.runtimes.allowance import Allowance
from deadair.targets.allowance_file import read_allowance

GOOD = """
attached:
  - {host: staging.example, port: 443, until: "2026-12-01T18:00:00+01:00", said_by: who owns it}
compose: [services.web.container_name]
"""


def test_nothing_is_allowed_where_no_file_is_named() -> None:
    assert read_allowance(None) == Allowance()


def test_a_file_says_where_until_when_and_who_said_so(tmp_path: Path) -> None:
    path = tmp_path / "allow.yaml"
    path.write_text(GOOD, "utf-8")
    allowed = read_allowance(path)
    assert allowed.compose == ("services.web.container_name",)
    assert allowed.attached[0].until_utc == datetime(2026, 12, 1, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("until: tomorrow", "is no moment with a time zone"),
        ('until: "2026-12-01T18:00:00"', "is no moment with a time zone"),
        ("port: 0", "port"),
        ("hots: a", "hots"),
    ],
)
def test_whatever_is_wrong_is_refused_by_its_line(tmp_path: Path, wrong: str, said: str) -> None:
    key = wrong.partition(":")[0]
    fields = {"host": "host: a", "port": "port: 1", "until": 'until: "2026-12-01T18:00:00Z"', "said_by": "said_by: b"}
    path = tmp_path / "allow.yaml"
    path.write_text("attached:\n  - {" + ", ".join((fields | {key: wrong}).values()) + "}\n", "utf-8")
    with pytest.raises(ScenarioError, match=said) as error:
        read_allowance(path)
    assert f"{path}:2:" in str(error.value)


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="none"):
        read_allowance(tmp_path / "none.yaml")
