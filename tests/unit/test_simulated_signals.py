"""Signals and turnstiles: whoever waits is let through in the order of coming, once, and in time or not at all."""

from __future__ import annotations

from deadair.engines.simulated.strands import Signal, Strands, Turnstile

from tests.unit.main_strand import run_on


def test_a_signal_wakes_all_who_wait_in_the_order_they_came(strands: Strands) -> None:
    signal = Signal(strands)
    order: list[tuple[int, bool]] = []

    def work(number: int) -> None:
        order.append((number, signal.wait(100.0 - number)))

    def main() -> None:
        for number in range(10):
            strands.spawn(work, number)
        strands.sleep(1.0)
        signal.set()
        signal.clear()
        assert order == []
        strands.sleep(200.0)

    run_on(strands, main)
    assert order == [(number, True) for number in range(10)]


def test_a_signal_that_is_set_lets_through_at_once_until_it_is_cleared(strands: Strands) -> None:
    signal = Signal(strands)

    def main() -> None:
        signal.set()
        assert signal.is_set()
        assert signal.wait()
        signal.clear()
        assert not signal.is_set()
        assert not signal.wait(3.0)

    run_on(strands, main)
    assert strands.loop.time() == 3.0


def test_who_gave_up_on_a_signal_is_not_woken_by_it_later(strands: Strands) -> None:
    signal = Signal(strands)

    def main() -> None:
        assert not signal.wait(1.0)
        strands.loop.call_later(1.0, signal.set)
        strands.sleep(5.0)
        assert strands.loop.time() == 6.0

    run_on(strands, main)


def test_a_signal_in_the_very_moment_of_the_limit_wakes_once(strands: Strands) -> None:
    signal = Signal(strands)

    def main() -> None:
        strands.loop.call_at(1.0, signal.set)
        assert signal.wait(1.0)
        strands.sleep(5.0)
        assert strands.loop.time() == 6.0

    run_on(strands, main)


def test_waiting_for_no_time_still_lets_the_others_have_their_turn(strands: Strands) -> None:
    signal = Signal(strands)

    def main() -> None:
        strands.spawn(signal.set)
        turns = 0
        while not signal.wait(0):
            turns += 1
        assert turns <= 1

    run_on(strands, main)


def test_a_turnstile_lets_one_through_for_each_release_first_come_first_served(strands: Strands) -> None:
    turnstile = Turnstile(strands)
    turnstile.release()
    turnstile.release()
    through: list[int] = []

    def work(number: int) -> None:
        assert turnstile.acquire()
        through.append(number)

    def main() -> None:
        for number in range(6):
            strands.spawn(work, number)
        strands.sleep(1.0)
        assert through == [0, 1]
        turnstile.release()
        turnstile.release()
        strands.sleep(1.0)
        assert through == [0, 1, 2, 3]
        for _ in range(3):
            turnstile.release()
        strands.sleep(1.0)
        turnstile.acquire()

    run_on(strands, main)
    assert through == [0, 1, 2, 3, 4, 5]
