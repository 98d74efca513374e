"""Texts with names in braces: what is put in, what is a brace, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadair.targets.described.templates import filled, names_in, number, unknown_names

VALUES = {"data": "/run/data", "route.a→push": "127.0.0.1:9", "no_data_after_s": "300"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("--data={data}", "--data=/run/data"),
        ("http://{route.a->push}/x?{route.a→push}", "http://127.0.0.1:9/x?127.0.0.1:9"),
        ('{"after": {no_data_after_s}, "more": {"a": 1}}', '{"after": 300, "more": {"a": 1}}'),
        ("{{data}} is {data}", "{data} is /run/data"),
        ("{} { data } {1} {a b} {a:b}", "{} { data } {1} {a b} {a:b}"),
    ],
)
def test_names_are_put_in_and_braces_stay_braces(text: str, expected: str) -> None:
    assert filled(text, VALUES) == expected


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    assert names_in("{data} {date} {data} {{gone}}") == ("data", "date")
    (said,) = unknown_names("{data} {date}", VALUES)
    assert said == "there is nothing to put in for {date} ({{…}} is the text itself); did you mean `data`?"
    with pytest.raises(KeyError):
        filled("{date}", VALUES)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(300.0, "300"), (0.25, "0.25"), (1e-05, "0.00001"), (20_000.0, "20000"), (1 / 3, "0.333333")],
)
def test_a_number_has_no_more_digits_than_it_needs(value: float, expected: str) -> None:
    assert number(value) == expected


@given(st.text())
def test_any_text_is_filled_or_names_what_it_lacks(text: str) -> None:
    lacking = [name for name in names_in(text) if name not in VALUES]
    if lacking:
        assert [*unknown_names(text, VALUES)]
    else:
        filled(text, VALUES)
