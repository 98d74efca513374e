"""One child with a sensor and one parent with a phone, on a real service: who sees what, and who is told when.

The phone is the reference's own app, hosted here: it polls, takes pushes, and its timer rings by itself. The push
provider is a stand-in that takes whatever comes, as long as it is not told to be silent.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from typing import NamedTuple

from deadair.model.clock import Deadline, RunClock, pause
from deadair.model.environment import Address
from deadair.model.errors import HarnessError
from deadair.model.reading import Reading
from deadair.reference.app.phone_app import PhoneApp
from deadair.reference.app.phone_state import AppState, AppStep, Call, Follower, Ring, Timer
from deadair.targets.adapters.client import Client, device_client
from deadair.targets.adapters.share import SERIAL_NUMBER, ShareApi
from deadair.targets.admin_http import ask
from deadair.targets.request import Answer, Request

CHILD, PARENT, PASSWORD = "child", "parent", "made for this run"
TOKEN = "the-token-of-the-parents-phone"
ASK_LIMIT_S = 3.0
STEP_S = 0.05
Pushed = dict[str, str]


def now_s() -> float:
    """Return the wall clock."""
    return RunClock.starting_now(speed=1).to_wall_s(0)


class Rang(NamedTuple):
    """Something that the phone presented: what, by which path, and when."""

    what: str
    path: str
    at_s: float


class Provider:
    """The push provider's stand-in. ``silent``: it answers everybody 503."""

    def __init__(self) -> None:
        self.pushes: SimpleQueue[Pushed] = SimpleQueue()
        self.silent = threading.Event()

    @contextlib.contextmanager
    def listening(self, address: Address) -> Iterator[None]:
        """Serve on this address."""
        provider = self

        class Take(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["message"]
                refused = provider.silent.is_set()
                if message.get("token") == TOKEN and not refused:
                    provider.pushes.put(message["data"])
                self.send_response(503 if refused else 200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer((address.host, address.port), Take) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield
            finally:
                server.shutdown()


class Household:
    """The child's uploads and the parent's phone. ``administer`` asks the administrator's socket."""

    def __init__(
        self, share: Address, administer: Callable[[Request], Answer], provider: Provider, *, blind_after_s: float
    ) -> None:
        self._share = share
        self._provider = provider
        self._uploader = ShareApi()
        self._device: Client | None = None
        self._app = PhoneApp()
        self._blind_after_s = blind_after_s
        self._timer_s: float | None = None
        self.uploads = True
        self.rang: list[Rang] = []
        self.acknowledged: list[int] = []
        """When the readings were measured that the service took."""
        body = {"accounts": [[CHILD, PASSWORD, SERIAL_NUMBER], [PARENT, PASSWORD]], "invitations": [[PARENT, CHILD]]}
        answer = administer(Request("/accounts", json.dumps(body).encode()))
        if answer.status != 200:
            raise HarnessError(f"the accounts could not be made: {answer.status} {answer.body!r}")
        who = Follower(PARENT, PASSWORD, CHILD, TOKEN, blind_after_s, 4.0 * blind_after_s, now_s())
        self.state = self._done(self._app.installed(who))

    def move(self, share: Address) -> None:
        """Find the service at another address, with what is known of it, but for sessions."""
        self._share = share
        self._device = None

    @property
    def sees(self) -> bool:
        """Whether the phone shows what is new enough."""
        return self.state.shown is not None and now_s() < self.state.onset_s

    @contextlib.contextmanager
    def living(self, *, upload_every_s: float = 1.0, poll_every_s: float = 1.0) -> Iterator[None]:
        """Let sensor and phone do what they do, each in a thread of its own."""
        over = threading.Event()
        work = ((self._upload, upload_every_s), (self._live, poll_every_s))
        threads = [threading.Thread(target=self._repeat, args=(*one, over), daemon=True) for one in work]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join(4.0 * ASK_LIMIT_S)

    def _repeat(self, work: Callable[[float], None], every_s: float, over: threading.Event) -> None:
        while not over.is_set():
            work(every_s)
            over.wait(STEP_S)

    def _upload(self, every_s: float) -> None:
        """Hand the newest reading in, if it is time; log in first if need be."""
        measured_s = int(now_s())
        if not self.uploads or (self.acknowledged and measured_s < self.acknowledged[-1] + every_s):
            return
        client = self._device or self._logged_in()
        answer = client and self._asked(self._uploader.upload(client, [Reading(measured_s, 100)]))
        outcome = self._uploader.outcome(answer) if answer else "fail"
        self._device = None if outcome == "login" else client
        if outcome == "ok":
            self.acknowledged.append(measured_s)
        else:
            pause(every_s)

    def _logged_in(self) -> Client | None:
        device = device_client(CHILD, PASSWORD)
        request = self._uploader.login(device)
        answer = request and self._asked(request)
        session = answer and self._uploader.session(device, answer)
        return device._replace(session=session) if session else None

    def _live(self, every_s: float) -> None:
        """Let the phone take its pushes and its timer for a while, then poll."""
        limit = Deadline.after(every_s)
        while not limit.passed():
            with contextlib.suppress(Empty):
                while True:
                    self.state = self._done(self._app.pushed(self.state, self._provider.pushes.get_nowait(), now_s()))
            if self._timer_s is not None and now_s() >= self._timer_s:
                self.state = self._done(self._app.timer_fired(self.state, now_s()))
            pause(STEP_S)
        self.state = self._done(self._app.poll_due(self.state, now_s()))

    def _done(self, step: AppStep) -> AppState:
        """Do what the app asks for, and what it asks for then."""
        state, out = step
        for one in out:
            if isinstance(one, Timer):
                self._timer_s = one.at_s
            elif isinstance(one, Ring):
                self.rang.append(Rang(one.what, one.path, now_s()))
            elif isinstance(one, Call):
                answer = self._asked(Request(one.path, one.body))
                if answer is None:
                    state = self._done(self._app.unanswered(state, one.tag, now_s()))
                else:
                    state = self._done(self._app.answered(state, one.tag, answer.status, answer.body, now_s()))
        return state

    def _asked(self, request: Request) -> Answer | None:
        try:
            return ask(self._share, request, ASK_LIMIT_S)
        except HarnessError:
            return None
