"""The push provider is told by a file for each fault what to do, and says in another what it does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deadair.fleet.channels.provider_desk import Act, ProviderDesk, Refusals
from deadair.injectors.injector import Break
from deadair.injectors.provider_orders import (
    ProviderOrder,
    Told,
    order_path,
    read_orders,
    read_told,
    told_path,
    write_told,
)
from deadair.injectors.push_provider import COUNTED, Provider
from deadair.model.errors import HarnessError

REFUSE = Break("provider", "refuse", "push", {"status": 503, "retry_after_s": 30.0})
NOTHING = dict.fromkeys(COUNTED, 0)
OF_SOUTH = Break("provider", "refuse", "push[south]", {"status": 429, "retry_after_s": 0.0})


@contextmanager
def obedient(control: Path, **counts: float) -> Iterator[None]:
    """Somebody who does what the files say, as the push gateway does."""
    ending = threading.Event()

    def obey() -> None:
        while not ending.wait(0.01):
            write_told(control, Told(obeys=tuple(read_orders(control)), counts={"south": counts}))

    thread = threading.Thread(target=obey)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join(5)


def test_the_provider_refuses_until_it_is_told_otherwise(tmp_path: Path) -> None:
    provider = Provider(tmp_path, "f1")
    assert dict(provider.look(REFUSE).facts) == {"refusing": False, **NOTHING}
    with obedient(tmp_path, refused=3, taken=2):
        provider.begin(REFUSE)
        assert read_orders(tmp_path) == {"f1": ProviderOrder(action="refuse", status=503, retry_after_s=30.0)}
        assert dict(provider.look(REFUSE).facts) == {"refusing": True, **NOTHING, "refused": 3, "taken": 2}
        assert not provider.healed(REFUSE)
        provider.heal(REFUSE)
        provider.heal(REFUSE)
        assert provider.healed(REFUSE)


def test_each_fault_has_an_order_of_its_own(tmp_path: Path) -> None:
    first, second = Provider(tmp_path, "f1"), Provider(tmp_path, "f2")
    with obedient(tmp_path, refused=3):
        first.begin(REFUSE)
        second.begin(OF_SOUTH)
        assert read_orders(tmp_path)["f2"] == ProviderOrder(action="refuse", cohort="south", status=429)
        first.heal(REFUSE)
        assert (first.healed(REFUSE), second.healed(OF_SOUTH)) == (True, False)
        assert list(read_orders(tmp_path)) == ["f2"]
        assert second.look(OF_SOUTH).facts["refused"] == 3
        assert second.look(Break("provider", "refuse", "push[east]", {})).facts["refused"] == 0


def test_a_provider_that_does_not_obey_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deadair.injectors.push_provider.TAKE_LIMIT_S", 0.05)
    with pytest.raises(HarnessError, match="does not say that it refuses"):
        Provider(tmp_path, "f1").begin(REFUSE)
    write_told(tmp_path, Told(obeys=("f1",)))
    Provider(tmp_path, "f1").heal(REFUSE)
    assert not Provider(tmp_path, "f1").healed(REFUSE)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"action": 5}', "\x00"])
def test_a_file_that_is_none_of_ours_says_nothing(tmp_path: Path, text: str) -> None:
    order_path(tmp_path, "f1").write_text(text)
    told_path(tmp_path).write_text(text)
    assert read_orders(tmp_path) == {}
    assert read_told(tmp_path) == Told()
    assert dict(Provider(tmp_path, "f1").look(REFUSE).facts) == {"refusing": False, **NOTHING}


def test_a_cohorts_refusal_is_for_its_phones_alone() -> None:
    desk = Refusals()
    order = ProviderOrder(action="refuse", cohort="south")
    desk.obey({"f1": order})
    assert desk.refusal({"south"}) == desk.refusal({"east", "south"}) == order
    assert desk.refusal({"east"}) is desk.refusal(()) is None
    told = desk.told()
    assert (told.obeys, told.counted("south", "refused"), told.counted("east", "refused")) == (("f1",), 2, 1)
    assert told.counted(None, "refused") == 3
    desk.obey({})
    assert desk.refusal({"south"}) is None
    assert desk.told().counted("south", "refused") == 2, "what was counted stays"


def test_a_refusal_of_all_is_also_for_messages_to_no_phone() -> None:
    desk = Refusals()
    desk.obey({"f1": ProviderOrder(action="refuse")})
    assert desk.refusal(()) == ProviderOrder(action="refuse")
    assert desk.told().counted(None, "refused") == 1


class Room:
    """A desk whose time is told by hand, and what came to the phones' links."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.came: list[tuple[float, str]] = []
        self._later: list[tuple[float, Act]] = []
        self.desk = ProviderDesk(lambda: self.now_s, lambda for_s, act: self._later.append((self.now_s + for_s, act)))

    def take(self, cohort: str) -> None:
        self.desk.take(cohort, lambda: self.came.append((self.now_s, cohort)))

    def until(self, at_s: float) -> None:
        while due := sorted((one for one in self._later if one[0] <= at_s), key=lambda one: one[0]):
            self._later.remove(due[0])
            self.now_s = due[0][0]
            due[0][1]()
        self.now_s = at_s

    def counted(self, *what: str, cohort: str | None = None) -> list[float]:
        return [self.desk.told().counted(cohort, one) for one in what]


def test_what_is_dropped_is_taken_and_never_comes() -> None:
    room = Room()
    room.desk.obey({"f1": ProviderOrder(action="drop", cohort="south")})
    room.take("south")
    room.take("east")
    assert room.came == [(0.0, "east")]
    room.desk.obey({})
    room.until(1000)
    assert room.came == [(0.0, "east")]
    assert room.counted("taken", "handed_on", "dropped") == [2, 1, 1]
    assert room.counted("taken", "handed_on", "dropped", cohort="east") == [1, 1, 0]


def test_what_is_delayed_comes_so_much_later_or_when_that_ends() -> None:
    room = Room()
    room.desk.obey({"f1": ProviderOrder(action="delay", delay_s=60.0)})
    room.take("south")
    room.until(59)
    assert (room.came, room.counted("waiting", "delayed")) == ([], [1, 0])
    room.until(61)
    room.take("east")
    room.until(91)
    room.desk.obey({})
    assert room.came == [(60.0, "south"), (91.0, "east")]
    room.until(1000)
    assert room.came == [(60.0, "south"), (91.0, "east")], "and once"
    assert room.counted("waiting", "delayed", "waited_s", "handed_on") == [0, 2, 90, 2]


def test_what_is_doubled_comes_twice_also_if_that_ends_in_between() -> None:
    room = Room()
    orders = {"f1": ProviderOrder(action="duplicate", apart_s=30.0)}
    room.desk.obey(orders)
    room.take("south")
    room.until(30)
    assert room.came == [(0.0, "south"), (30.0, "south")]
    room.take("east")
    room.until(40)
    room.desk.obey({})
    room.until(1000)
    assert room.came[2:] == [(30.0, "east"), (40.0, "east")]
    assert room.counted("taken", "handed_on", "doubled") == [2, 2, 2]


def test_what_is_delayed_and_doubled_comes_late_and_twice_and_what_is_dropped_neither() -> None:
    room = Room()
    late = ProviderOrder(action="delay", delay_s=60.0)
    twice = ProviderOrder(action="duplicate", apart_s=30.0)
    room.desk.obey({"f1": late, "f2": twice})
    room.take("south")
    room.until(100)
    assert room.came == [(60.0, "south"), (90.0, "south")]
    room.desk.obey({"f1": late, "f2": twice, "f3": ProviderOrder(action="drop")})
    room.take("south")
    room.until(1000)
    assert len(room.came) == 2
