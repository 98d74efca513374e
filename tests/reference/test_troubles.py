"""A log hears of a trouble once when it begins and once when it is over, however often it comes and goes."""

from __future__ import annotations

import pytest

from deadair.reference.running.troubles import CALM_S, Trouble, Troubles

FULL = Trouble("it is full", "make room")


class Heard:
    """A log, and the troubles that tell it."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, float | str]]] = []
        self.troubles = Troubles(self.say)

    def say(self, event: str, **facts: float | str) -> None:
        self.lines.append((event, facts))


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_it_is_told_with_its_remedy_when_it_begins_and_when_it_is_over(heard: Heard) -> None:
    heard.troubles.put("disk", FULL, 100.0)
    assert heard.troubles.words() == "disk: it is full"
    heard.troubles.put("disk", None, 107.0)
    assert heard.troubles.words() == ""
    heard.troubles.look(107.0 + CALM_S)
    assert heard.lines == [
        ("trouble", {"what": "disk", "why": "it is full", "remedy": "make room"}),
        ("trouble is over", {"what": "disk", "lasted_s": 7.0}),
    ]


def test_what_comes_and_goes_all_the_time_is_told_once(heard: Heard) -> None:
    for number in range(1000):
        heard.troubles.put("disk", FULL if number % 2 else None, float(number))
        heard.troubles.look(float(number))
    heard.troubles.put("disk", None, 1000.0)
    heard.troubles.look(1000.0 + CALM_S)
    assert [event for event, _ in heard.lines] == ["trouble", "trouble is over"]


def test_several_are_told_apart(heard: Heard) -> None:
    heard.troubles.put("loop", Trouble("it is late", "wait"), 1.0)
    heard.troubles.put("disk", FULL, 1.0)
    assert heard.troubles.words() == "disk: it is full; loop: it is late"
    assert list(heard.troubles.now()) == ["loop", "disk"]
