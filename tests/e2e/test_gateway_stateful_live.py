"""The gateway's promises hold in a real process, too, that is killed now and then; Hypothesis draws the requests."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
from pathlib import Path
from typing import Any

import httpx
from hypothesis import HealthCheck, settings

from deadair.reference.nodes.processor import Processor
from deadair.reference.running.live import LiveEnv
from deadair.reference.settings import Settings
from tests.e2e.lone_gateway import LIMIT_S, Gateway, lone_gateway
from tests.reference.service import Service
from tests.reference.test_gateway_stateful import Machine


class LiveService(Service):
    """Over a folder: a process that answers, and beside it a processor of ours."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._ends = contextlib.ExitStack()
        self._client = httpx.Client(timeout=LIMIT_S, trust_env=False)
        self._process: Gateway | None = None
        super().__init__(LiveEnv(data, Settings()))

    def begin(self) -> None:
        """Begin, or kill and begin again over the same databases."""
        if self._process is not None:
            self._process.process.kill()
        super().begin()
        self._ends.close()
        self._process = self._ends.enter_context(lone_gateway(self._data))
        self.processor = Processor(self.env, self.settings)

    def end(self) -> None:
        assert self._process is not None
        failed = [line for line in self._process.log() if "failed" in line["event"]]
        self._ends.close()
        self._client.close()
        assert failed == []

    def admin(self, method: str, path: str, body: object = None) -> httpx.Response:
        return self._asked("gateway-admin", method, path, json.dumps(body).encode())

    def post(self, path: str, body: object = b"") -> httpx.Response:
        return self._asked("gateway", "POST", path, body if isinstance(body, bytes) else json.dumps(body).encode())

    def _asked(self, socket: str, method: str, path: str, body: bytes) -> httpx.Response:
        assert self._process is not None
        port = self._process.site.sockets[socket].port
        return self._client.request(method, f"http://127.0.0.1:{port}{path}", content=body)


class LiveMachine(Machine):
    """Nobody can let time pass here."""

    def begun(self) -> tuple[Any, Service]:
        """Return the real world and the service in it."""
        self._folder = tempfile.TemporaryDirectory()
        service = LiveService(Path(self._folder.name))
        return service.env, service

    def teardown(self) -> None:
        """End all of it."""
        assert isinstance(self.service, LiveService)
        try:
            self.service.end()
        finally:
            asyncio.run(self.env.close())
            self._folder.cleanup()

    def pass_time(self, seconds: int) -> None:
        """Is no rule here."""


TestLiveGateway = LiveMachine.TestCase
TestLiveGateway.settings = settings(
    max_examples=4, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
