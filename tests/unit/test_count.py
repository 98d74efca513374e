"""A number and its noun agree."""

from __future__ import annotations

import pytest

from deadair.model.plural import count, was


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0 silences were"), (1, "1 silence was"), (2, "2 silences were"), (1200, "1,200 silences were")],
)
def test_one_is_said_in_the_singular_and_all_else_in_the_plural(number: int, said: str) -> None:
    assert f"{count(number, 'silence')} {was(number)}" == said


def test_a_plural_may_be_one_of_its_own() -> None:
    assert [count(number, "process", "processes") for number in (1, 2)] == ["1 process", "2 processes"]
