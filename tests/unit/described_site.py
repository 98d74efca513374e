"""A run's site as a described target sees it, and a service that answers what a test says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from deadair.model.environment import Address
from deadair.targets.described.described_target import DescribedTarget
from deadair.targets.request import Answer, Request
from deadair.targets.service_times import ServiceTimes
from deadair.targets.target import Site
from tests.unit.target_texts import CRIB, read_text

Asked = Callable[[str, Request, float], Answer]


def nobody(socket: str, request: Request, limit_s: float) -> Answer:
    raise AssertionError(f"nobody was to be asked {request.path}")


def site_of(tmp_path: Path, ask: Asked = nobody, *, speed: float = 1.0) -> Site:
    """Sockets on 127.0.0.1, as a process sees them."""
    api, logs = Address(port=7001), tmp_path / "logs"
    logs.mkdir(exist_ok=True)
    return Site(
        data=tmp_path / "data",
        speed=speed,
        sockets={"api": api},
        listen={"api": Address(host="0.0.0.0", port=80)},  # noqa: S104 - as in a container
        routes={"crib→push": Address(port=7002)},
        capacity={"rows": 5.0},
        defects=(),
        ask=ask,
        times=ServiceTimes(no_data_after_s=300, realarm_s=900, reading_every_s=60, poll_every_s=30),
        password="sesame",
        logs=logs,
    )


def target_of(tmp_path: Path, text: str = CRIB, **files: str) -> DescribedTarget:
    return DescribedTarget(read_text(tmp_path, text, **files))


def answering(status: int, body: bytes) -> Asked:
    return lambda socket, request, limit_s: Answer(status, body)
