"""Live progress: a panel on a terminal, calm lines in a log, and silence on a broken stream."""

from __future__ import annotations

import io
import os
import pty
from collections.abc import Iterator
from dataclasses import replace

import pytest

from deadair.model.clock import Deadline, pause
from deadair.model.progress import Progress
from deadair.reporting import live_progress as progress_module
from deadair.reporting.live_progress import watch

STORM = Progress(
    phase="storm", at_s=720, lasts_s=3000, faults_active=("partition uplink[south]",), phones=400, blind=34,
    open_deadlines=3, alerted=31, late=2, fleet_lag_ms=2.4,
)  # fmt: skip


class Clockwork:
    """Stands in for ``Deadline``: time passes only when the test says so."""

    now_s = 0.0

    def __init__(self, ends_s: float) -> None:
        self.ends_s = ends_s

    @classmethod
    def after(cls, real_s: float) -> Clockwork:
        return cls(cls.now_s + real_s)

    def passed(self) -> bool:
        return Clockwork.now_s >= self.ends_s


@pytest.fixture
def scheduler(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Clockwork]]:
    monkeypatch.setattr(progress_module, "Deadline", Clockwork)
    Clockwork.now_s = 0.0
    yield Clockwork


def test_a_log_gets_one_readable_line(scheduler: type[Clockwork]) -> None:
    log = io.StringIO()
    with watch(log) as show:
        show(STORM)
    (line,) = log.getvalue().splitlines()
    assert line == (
        "storm 12 min of 50 min | blind 34 of 400 | open 3, alerted 31, late 2 | faults: partition uplink[south]"
        " | fleet lag 2.4 ms"
    )


def test_a_log_is_never_flooded(scheduler: type[Clockwork]) -> None:
    log = io.StringIO()
    with watch(log) as show:
        for tick in range(1000):
            scheduler.now_s = tick / 10
            show(replace(STORM, at_s=tick * 6, blind=tick))
    assert 15 <= len(log.getvalue().splitlines()) <= 21


def test_a_log_still_shows_a_sign_of_life_when_nothing_changes(scheduler: type[Clockwork]) -> None:
    log = io.StringIO()
    with watch(log) as show:
        for tick in range(900):
            scheduler.now_s = tick / 10
            show(replace(STORM, at_s=tick))
    assert len(log.getvalue().splitlines()) == 3


def test_every_note_is_a_line_once(scheduler: type[Clockwork]) -> None:
    log = io.StringIO()
    with watch(log) as show:
        for _ in range(5):
            show(replace(STORM, note="f3 partition uplink[south] begins"))
        show(replace(STORM, note="f3 partition uplink[south] is healed\x1b[2J\nand more"))
        show(STORM)
    lines = [line for line in log.getvalue().splitlines() if not line.startswith("storm")]
    assert lines == ["f3 partition uplink[south] begins", "f3 partition uplink[south] is healed[2J and more"]


def test_a_new_phase_is_told_at_once(scheduler: type[Clockwork]) -> None:
    log = io.StringIO()
    with watch(log) as show:
        show(Progress(phase="setting up"))
        show(Progress(phase="warm_up", at_s=0, lasts_s=720))
        show(Progress(phase="judging"))
    assert log.getvalue().splitlines() == ["setting up", "warm-up 0 s of 12 min", "judging"]


def test_what_the_stream_cannot_encode_is_replaced() -> None:
    raw = io.BytesIO()
    log = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
    with watch(log) as show:
        show(replace(STORM, note="notifier→push is cut"))
    assert raw.getvalue().startswith(b"notifier?push is cut\n")


class BrokenStream(io.StringIO):
    """Fails as a closed pipe does, from the second write on."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal
        self.tries = 0

    def isatty(self) -> bool:
        return self.terminal

    def write(self, text: str) -> int:
        self.tries += 1
        if self.tries > 1:
            raise BrokenPipeError(32, "Broken pipe")
        return super().write(text)


@pytest.mark.parametrize("terminal", [True, False])
def test_a_broken_pipe_makes_it_silent_and_nothing_worse(terminal: bool, scheduler: type[Clockwork]) -> None:
    stream = BrokenStream(terminal=terminal)
    with watch(stream) as show:
        for tick in range(20):
            scheduler.now_s = tick * 10.0
            show(replace(STORM, blind=tick, note=f"note {tick}"))
    assert stream.tries == 2


def test_a_closed_stream_is_no_error() -> None:
    stream = io.StringIO()
    stream.close()
    with watch(stream) as show:
        show(STORM)


def test_an_error_of_the_run_passes_through() -> None:
    def run() -> None:
        with watch(io.StringIO()) as show:
            show(STORM)
            raise LookupError("the run's own")

    with pytest.raises(LookupError, match="the run's own"):
        run()


def test_on_a_terminal_there_is_a_panel_with_every_figure() -> None:
    ours, theirs = pty.openpty()
    try:
        with os.fdopen(theirs, "w", encoding="utf-8") as terminal:
            with watch(terminal) as show:
                show(replace(STORM, note="f3 begins"))
            drawn = _all_of(ours)
    finally:
        os.close(ours)
    for figure in ("f3 begins", "Dead Air", "12 min of 50 min", "partition uplink[south]", "34 of 400", "2.4 ms"):
        assert figure in drawn


def _all_of(descriptor: int) -> str:
    """Read what a terminal was sent, until the panel's last line was seen."""
    os.set_blocking(descriptor, False)
    limit = Deadline.after(5)
    drawn = b""
    while "╰".encode() not in drawn and not limit.passed():
        try:
            drawn += os.read(descriptor, 65536)
        except BlockingIOError:
            pause(0.01)
    return drawn.decode("utf-8", "replace")
