"""Signals and turnstiles: whoever waits is let through in the order of coming, once, and in time or not at all."""

from __future__ import annotations

from deadair.engines.simulated.green_thread_signals import Signal, Turnstile
from deadair.engines.simulated.green_threads import GreenThreads
from tests.unit.main_green_thread import run_on


def test_a_signal_wakes_all_who_wait_in_the_order_they_came(threads: GreenThreads) -> None:
    signal = Signal(threads)
    order: list[tuple[int, bool]] = []

    def work(number: int) -> None:
        order.append((number, signal.wait(100.0 - number)))

    def main() -> None:
        for number in range(10):
            threads.spawn(work, number)
        threads.sleep(1.0)
        signal.set()
        signal.clear()
        assert order == []
        threads.sleep(200.0)

    run_on(threads, main)
    assert order == [(number, True) for number in range(10)]


def test_a_signal_that_is_set_lets_through_at_once_until_it_is_cleared(threads: GreenThreads) -> None:
    signal = Signal(threads)

    def main() -> None:
        signal.set()
        assert signal.is_set()
        assert signal.wait()
        signal.clear()
        assert not signal.is_set()
        assert not signal.wait(3.0)

    run_on(threads, main)
    assert threads.loop.time() == 3.0


def test_who_gave_up_on_a_signal_is_not_woken_by_it_later(threads: GreenThreads) -> None:
    signal = Signal(threads)

    def main() -> None:
        assert not signal.wait(1.0)
        threads.loop.call_later(1.0, signal.set)
        threads.sleep(5.0)
        assert threads.loop.time() == 6.0

    run_on(threads, main)


def test_a_signal_in_the_very_moment_of_the_limit_wakes_once(threads: GreenThreads) -> None:
    signal = Signal(threads)

    def main() -> None:
        threads.loop.call_at(1.0, signal.set)
        assert signal.wait(1.0)
        threads.sleep(5.0)
        assert threads.loop.time() == 6.0

    run_on(threads, main)


def test_waiting_for_no_time_still_lets_the_others_have_their_turn(threads: GreenThreads) -> None:
    signal = Signal(threads)

    def main() -> None:
        threads.spawn(signal.set)
        turns = 0
        while not signal.wait(0):
            turns += 1
        assert turns <= 1

    run_on(threads, main)


def test_a_turnstile_lets_one_through_for_each_release_first_come_first_served(threads: GreenThreads) -> None:
    turnstile = Turnstile(threads)
    turnstile.release()
    turnstile.release()
    through: list[int] = []

    def work(number: int) -> None:
        assert turnstile.acquire()
        through.append(number)

    def main() -> None:
        for number in range(6):
            threads.spawn(work, number)
        threads.sleep(1.0)
        assert through == [0, 1]
        turnstile.release()
        turnstile.release()
        threads.sleep(1.0)
        assert through == [0, 1, 2, 3]
        for _ in range(3):
            turnstile.release()
        threads.sleep(1.0)
        turnstile.acquire()

    run_on(threads, main)
    assert through == [0, 1, 2, 3, 4, 5]
