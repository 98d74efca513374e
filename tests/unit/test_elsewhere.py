"""Who is not of the fleet comes from another address of this machine, where there is one and it can be used."""

from __future__ import annotations

import pytest

from deadair.engines.live import elsewhere
from deadair.engines.live.elsewhere import STRANGERS_HOST, ask_from_elsewhere
from deadair.model.environment import Address
from deadair.targets.request import Answer, Request


@pytest.mark.parametrize(
    ("there", "host", "comes_from"),
    [
        (STRANGERS_HOST, "127.0.0.1", STRANGERS_HOST),
        ("192.0.2.1", "127.0.0.1", None),
        (STRANGERS_HOST, "192.0.2.7", None),
        (STRANGERS_HOST, "a.service.example", None),
    ],
)
def test_another_loopback_address_is_used_where_the_machine_has_it_and_the_service_is_on_loopback(
    there: str, host: str, comes_from: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Address, Request, float, str | None]] = []

    def ask(address: Address, request: Request, limit_s: float, *, from_host: str | None = None) -> Answer:
        asked.append((address, request, limit_s, from_host))
        return Answer(200, b"")

    monkeypatch.setattr(elsewhere, "ask", ask)
    monkeypatch.setattr(elsewhere, "STRANGERS_HOST", there)
    door = Address(host=host, port=80)
    assert ask_from_elsewhere({"door": door})("door", Request("/x"), 2.0) == Answer(200, b"")
    assert asked == [(door, Request("/x"), 2.0, comes_from)]
