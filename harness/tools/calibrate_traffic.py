"""A few patients and followers whose requests are measured one by one, over connections that are kept."""

from __future__ import annotations

import http.client
import itertools
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from deadair.model.clock import RunClock, pause
from deadair.model.environment import Address
from deadair.model.reading import Reading
from deadair.model.roster import Device, Phone, Roster
from deadair.targets.adapters.client import Client, device_client
from deadair.targets.adapters.log_in import logged_in
from deadair.targets.request import Answer, Request
from tools.live_reference import Service

CONNECTIONS = 4
PASSWORD = "made for this measurement"


def now_s() -> int:
    return int(RunClock.starting_now(speed=1).to_wall_s(0))


def drive(address: Address, streams: Sequence[Sequence[Request]], *, pace_s: float = 0.0) -> list[Answer]:
    """Send each stream over a connection of its own, one request after the other; return all answers."""

    def send(stream: Sequence[Request]) -> list[Answer]:
        connection = http.client.HTTPConnection(address.host, address.port, timeout=30.0)
        answers = []
        for request in stream:
            connection.request(request.method, request.path, request.body or None)
            answer = connection.getresponse()
            answers.append(Answer(answer.status, answer.read()))
            pause(pace_s)
        connection.close()
        return answers

    with ThreadPoolExecutor(len(streams)) as threads:
        return [answer for answers in threads.map(send, streams) for answer in answers]


def json_request(path: str, body: object) -> Request:
    return Request(path, json.dumps(body).encode())


class Traffic:
    """A few patients with a follower each, all logged in; and the requests they make."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.gateway = service.site.sockets["gateway"]
        self._uploader = service.target.uploader()
        self._measured_s = itertools.count(now_s() - 10_000_000)
        numbers = range(CONNECTIONS)
        devices = tuple(Device(n, "rest", f"device-{n}", 0.0) for n in numbers)
        phones = tuple(Phone(n, n, "rest", f"phone-{n}", 0.0, 1_200_000_000) for n in numbers)
        visitors = [f"visitor-{n}" for n in numbers]
        service.target.enroll(Roster(devices, phones), visitors, service.site, password=PASSWORD)
        self._devices = [self._logged_in(device.account) for device in devices]
        self._phones = [self._logged_in(phone.account).session for phone in phones]
        self._follows = [
            self._asked(
                "/app/subscribe",
                {"session": session, "patient": f"device-{n}", "token": f"t{n}", "no_data_after_s": 86_400},
            )["follow"]
            for n, session in enumerate(self._phones)
        ]

    def ask(self, count: int, request: Callable[[int], Request]) -> list[Answer]:
        """Make so many requests altogether, over a few connections; ``request`` is told who asks."""
        each = count // CONNECTIONS
        return drive(self.gateway, [[request(n) for _ in range(each)] for n in range(CONNECTIONS)])

    def log_in(self, who: int) -> Request:
        """Log in as somebody else: many sessions of one account put its oldest out."""
        request = self._uploader.login(device_client(f"visitor-{who}", PASSWORD))
        assert request is not None
        return request

    def upload(self, who: int, readings: int) -> Request:
        """Upload readings that nobody uploaded before."""
        return self._uploader.upload(
            self._devices[who], [Reading(next(self._measured_s), 120) for _ in range(readings)]
        )

    def read(self, who: int) -> Request:
        return self._uploader.read(self._devices[who])

    def poll(self, who: int, shown_s: int | None = None) -> Request:
        return json_request(
            "/app/poll", {"session": self._phones[who], "follow": self._follows[who], "shown_s": shown_s}
        )

    def _logged_in(self, account: str) -> Client:
        client = logged_in(
            self._uploader, device_client(account, PASSWORD), lambda one: drive(self.gateway, [[one]])[0]
        )
        assert client is not None
        return client

    def _asked(self, path: str, body: object) -> dict[str, int]:
        (answer,) = drive(self.gateway, [[json_request(path, body)]])
        data: dict[str, int] = json.loads(answer.body)
        return data
