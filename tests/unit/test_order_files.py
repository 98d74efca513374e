"""The runner gives the fleet orders by files, and the fleet answers each."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from deadair.injectors.fleet_orders import FleetOrder, OrderFiles
from deadair.model.clock import Deadline, pause
from deadair.model.errors import HarnessError

FIRST = FleetOrder(does="snooze", phones=(1, 2), lasts_us=5)
SECOND = FleetOrder(does="open_app", phones=())


def test_each_order_is_taken_once_in_turn_and_answered(tmp_path: Path) -> None:
    taken: list[FleetOrder] = []

    def obey() -> None:
        fleet, limit = OrderFiles(tmp_path), Deadline.after(10)
        while len(taken) < 2 and not limit.passed():
            order = fleet.next()
            if order is None:
                pause(0.005)
            else:
                taken.append(order)
                fleet.obeyed(len(order.phones))

    thread = threading.Thread(target=obey)
    thread.start()
    try:
        runner = OrderFiles(tmp_path)
        assert [runner.give(FIRST), runner.give(SECOND)] == [2, 0]
    finally:
        thread.join(10)
    assert taken == [FIRST, SECOND]


def test_a_fleet_that_does_not_obey_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deadair.injectors.fleet_orders.OBEY_LIMIT_S", 0.05)
    with pytest.raises(HarnessError, match="the fleet does not obey an order to snooze within"):
        OrderFiles(tmp_path).give(FIRST)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"does": 1}', "\x00", '{"does": "x", "phones": [], "more": 1}'])
def test_a_file_that_is_no_order_is_none(tmp_path: Path, text: str) -> None:
    fleet = OrderFiles(tmp_path)
    (tmp_path / "fleet.order-1.json").write_text(text)
    assert fleet.next() is None
    (tmp_path / "fleet.order-1.json").write_text(FIRST.model_dump_json())
    assert fleet.next() == FIRST
