"""Generated requests to every operation that is described: whatever comes back is described too."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from deadair.reference.description.document import document
from deadair.reference.description.operations import GENERAL, PUBLISHER, SOCKETS, SUBSCRIBER
from deadair.targets.adapters.share import SERIAL_NUMBER
from deadair.targets.request import Request
from deadair.targets.target import Site
from tools.live_reference import running

LIMIT_S = 10.0
PASSWORD = "made for this test"
SOUND, UNSOUND = 15, 6
"""So many requests that fit the description are sent to each operation, and so many that do not."""
ANSWERS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SETTINGS = settings(
    derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck), max_examples=SOUND
)
SCHEMA = schemathesis.openapi.from_dict(document())
WHERE = [(socket, *route) for socket, operations in SOCKETS.items() for route in operations]


@dataclass(frozen=True)
class Scene:
    """A service in which there are a patient with readings and a follower; ``known``: what requests may name."""

    site: Site

    def ask(self, path: str, body: object = None, socket: str = "gateway") -> Any:
        answer = self.site.ask(socket, Request(path, json.dumps(body).encode()), LIMIT_S)
        assert answer.status == 200, answer
        return json.loads(answer.body or b"null")

    def known(self) -> Mapping[str, list[object]]:
        """Return fresh values for the fields of requests: operations before may have ended whatever there was."""
        by_name = f"{GENERAL}/LoginPublisherAccountByName"
        who = {"password": PASSWORD}
        patient, follower = (self.ask(by_name, who | {"accountName": name}) for name in ("patient", "follower"))
        self.ask(f"{PUBLISHER}/StartRemoteMonitoringSession?sessionId={patient}&serialNumber={SERIAL_NUMBER}")
        self.ask("/accounts", {"invitations": [["follower", "patient"]]}, "gateway-admin")
        listed = self.ask(f"{PUBLISHER}/ListPublisherAccountSubscriptions?sessionId={patient}")
        (subscription,) = self.ask(f"{SUBSCRIBER}/ListSubscriberAccountSubscriptions?sessionId={follower}")
        app = {"session": follower, "patient": "patient", "token": "a token"}
        follow = self.ask("/app/subscribe", app)["follow"]
        return {
            "sessionId": [patient, follower],
            "session": [follower],
            "serialNumber": [SERIAL_NUMBER],
            "SN": [SERIAL_NUMBER],
            "contactId": [one["ContactId"] for one in listed],
            "subscriptionId": [subscription["SubscriptionId"]],
            "patient": ["patient"],
            "follow": [follow],
            "account": ["patient"],
            # Whoever guesses here must not lock out those who log in above.
            "accountName": ["somebody"],
            "accountId": [self.ask(f"{GENERAL}/AuthenticatePublisherAccount", who | {"accountName": "somebody"})],
            "password": [PASSWORD],
        }


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with running(tmp_path_factory.mktemp("described")) as (_, site), pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")  # the library's client heeds the machine's proxies
        made = Scene(site)
        people = [["patient", PASSWORD, SERIAL_NUMBER], ["follower", PASSWORD], ["somebody", PASSWORD]]
        made.ask("/accounts", {"accounts": people, "invitations": [["follower", "patient"]]}, "gateway-admin")
        yield made


def name_who_there_is(data: st.DataObject, fields: Any, known: Mapping[str, list[object]]) -> None:
    """Put what there is in place of what was made up, most of the time: else every answer were that there is none."""
    for name in sorted(fields.keys() & known.keys()) if isinstance(fields, dict) else ():
        if data.draw(st.integers(0, 9), label=f"made up {name} at 0") > 0:
            fields[name] = data.draw(st.sampled_from(known[name]), label=name)


@pytest.mark.parametrize(("socket", "method", "path"), WHERE, ids=lambda text: text.rpartition("/")[2] or text)
def test_what_comes_back_is_described(scene: Scene, socket: str, method: str, path: str) -> None:
    operation, known = SCHEMA[path][method], scene.known()
    statuses = set()

    def sent(data: st.DataObject, mode: schemathesis.GenerationMode) -> None:
        case = data.draw(operation.as_strategy(generation_mode=mode))
        name_who_there_is(data, case.query, known)
        name_who_there_is(data, case.body, known)
        if path.endswith("ReadLastGlucoseFromSubscriptions") and data.draw(st.booleans()):
            case.body = list(map(str, known["subscriptionId"]))
        answer = case.call_and_validate(
            base_url=f"http://{scene.site.sockets[socket]}", checks=ANSWERS, timeout=LIMIT_S
        )
        statuses.add(answer.status_code)

    @SETTINGS
    @given(st.data())
    def sound(data: st.DataObject) -> None:
        sent(data, schemathesis.GenerationMode.POSITIVE)

    @settings(SETTINGS, max_examples=UNSOUND)
    @given(st.data())
    def unsound(data: st.DataObject) -> None:
        sent(data, schemathesis.GenerationMode.NEGATIVE)

    sound()
    assert 200 in statuses, "no request was let in: this proves nothing"
    if operation.body or operation.query:
        unsound()
