"""The push provider is told by a file to refuse, and says in another that it does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deadair.injectors.injector import Break
from deadair.injectors.push_provider import Outage, Provider, Told, order_path, read_order, told_path, write_told
from deadair.model.errors import HarnessError

REFUSE = Break("provider", "refuse", "push", {"status": 503, "retry_after_s": 30.0})


@contextmanager
def obedient(control: Path) -> Iterator[None]:
    """Somebody who does what the file says, as the push gateway does."""
    ending = threading.Event()

    def obey() -> None:
        while not ending.wait(0.01):
            write_told(control, Told(refusing=read_order(control) is not None, refused=3))

    thread = threading.Thread(target=obey)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join(5)


def test_the_provider_refuses_until_it_is_told_otherwise(tmp_path: Path) -> None:
    provider = Provider(tmp_path)
    assert dict(provider.look(REFUSE).facts) == {"refusing": False, "refused": 0}
    with obedient(tmp_path):
        provider.begin(REFUSE)
        assert read_order(tmp_path) == Outage(status=503, retry_after_s=30.0)
        assert dict(provider.look(REFUSE).facts) == {"refusing": True, "refused": 3}
        assert not provider.healed(REFUSE)
        provider.heal(REFUSE)
        provider.heal(REFUSE)
        assert provider.healed(REFUSE)


def test_a_provider_that_does_not_obey_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deadair.injectors.push_provider.TAKE_LIMIT_S", 0.05)
    with pytest.raises(HarnessError, match="does not say that it refuses"):
        Provider(tmp_path).begin(REFUSE)
    write_told(tmp_path, Told(refusing=True, refused=1))
    Provider(tmp_path).heal(REFUSE)
    assert not Provider(tmp_path).healed(REFUSE)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"status": "x"}', "\x00"])
def test_a_file_that_is_none_of_ours_says_nothing(tmp_path: Path, text: str) -> None:
    order_path(tmp_path).write_text(text)
    told_path(tmp_path).write_text(text)
    assert read_order(tmp_path) is None
    assert dict(Provider(tmp_path).look(REFUSE).facts) == {"refusing": False, "refused": 0}
