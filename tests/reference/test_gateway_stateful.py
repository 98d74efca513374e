"""Whatever is asked of the gateway in whatever order, its promises hold.

No undeclared 5xx; never a reading of somebody not followed; every acknowledged reading once in inbox or store.
"""

from __future__ import annotations

import json
from typing import Any

import httpx
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from tests.reference.fake_env import FakeEnv
from tests.reference.service import PUBLISHER, SERIAL, SUBSCRIBER, Service

PEOPLE = ("patient", "follower", "stranger")
DECLARED = {
    "AccountPasswordInvalid",
    "ContactNameAlreadyExists",
    "DuplicateEgvPosted",
    "InvalidArgument",
    "MonitoredReceiverNotAssigned",
    "MonitoredReceiverSerialNumberDoesNotMatch",
    "MonitoringSessionNotActive",
    "SSO_AuthenticateMaxAttemptsExceeded",
    "SessionIdNotFound",
    "SessionNotValid",
    "SubscriptionNotFound",
}
VALUES = {name: 60 + 10 * number for number, name in enumerate(PEOPLE)}
"""Each patient's readings have a value of their own: so it is seen whose a reading is."""

person = st.sampled_from(PEOPLE)
junk = st.one_of(
    st.binary(max_size=40),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
        max_leaves=8,
    ).map(lambda data: json.dumps(data).encode()),
)
stamps = st.lists(st.integers(-90_000, 5_000), max_size=60)
words = st.text(max_size=12) | st.sampled_from(["\x00", "../..", "x" * 201, "%00", "ü"])


class Machine(RuleBasedStateMachine):
    """Keeps its own books: who is invited to follow whom, and which readings were acknowledged."""

    sessions = Bundle("sessions")
    contacts = Bundle("contacts")
    subscriptions = Bundle("subscriptions")
    follows = Bundle("follows")

    def __init__(self) -> None:
        super().__init__()
        self.env = FakeEnv()
        self.service = Service(self.env)
        self.invited = {("follower", "patient")}
        self.acknowledged: dict[str, set[tuple[int, bool]]] = {name: set() for name in PEOPLE}

    def teardown(self) -> None:
        self.env.close()

    # --- what is asked ----------------------------------------------------------------------------------------------

    @rule(target=sessions, name=person, wrong=st.integers(0, 5).map(lambda n: n == 0))
    def log_in(self, name: str, wrong: bool) -> Any:
        answer = self.checked(self.service.log_in(name, "no" if wrong else name[0]))
        return (name, answer.json()) if answer.status_code == 200 else multiple()

    @rule(session=sessions, offsets=stamps, serial=st.sampled_from([SERIAL, SERIAL, SERIAL, "SM1"]))
    def upload(self, session: tuple[str, str], offsets: list[int], serial: str) -> None:
        name, now = session[0], int(self.env.now())
        answer = self.service.upload(session[1], *(now + k for k in offsets), value=VALUES[name], serial=serial)
        self.checked(answer)
        if answer.status_code == 200 or answer.json()["Code"] == "DuplicateEgvPosted":
            self.acknowledged[name] |= {(now + k, k > 300) for k in offsets}

    @rule(
        session=sessions,
        call=st.sampled_from(
            ["ReplacePublisherAccountMonitoredReceiver", "StartRemoteMonitoringSession", "StopRemoteMonitoringSession",
             "CheckMonitoredReceiverAssignmentStatus", "IsRemoteMonitoringSessionActive"]
        ),
        serial=st.sampled_from([SERIAL, SERIAL, "SM1", ""]),
    )  # fmt: skip
    def set_up(self, session: tuple[str, str], call: str, serial: str) -> None:
        self.checked(self.service.publisher(call, session[1], serialNumber=serial))

    @rule(target=contacts, session=sessions, name=words, address=person | words)
    def create_contact(self, session: tuple[str, str], name: str, address: str) -> Any:
        answer = self.service.publisher("CreateContact", session[1], contactName=name, emailAddress=address)
        return (session[0], address, answer.json()) if self.checked(answer).status_code == 200 else multiple()

    @rule(session=sessions, contact=contacts, body=junk | st.just(b'{"DisplayName": "Kim"}'))
    def invite(self, session: tuple[str, str], contact: tuple[str, str, str], body: bytes) -> None:
        answer = self.service.publisher("CreateSubscriptionInvitation", session[1], body, contactId=contact[2])
        if self.checked(answer).status_code == 200:
            assert session[0] == contact[0]
            self.invited.add((contact[1], contact[0]))

    @rule(session=sessions, contact=contacts)
    def delete_contact(self, session: tuple[str, str], contact: tuple[str, str, str]) -> None:
        if self.checked(self.service.publisher("DeleteContact", session[1], contactId=contact[2])).status_code == 200:
            assert session[0] == contact[0]
            self.invited.discard((contact[1], contact[0]))

    @rule(target=subscriptions, session=sessions)
    def list_subscriptions(self, session: tuple[str, str]) -> Any:
        answer = self.checked(self.service.subscriber("ListSubscriberAccountSubscriptions", session[1]))
        return multiple(*(one["SubscriptionId"] for one in answer.json())) if answer.status_code == 200 else multiple()

    @rule(target=follows, session=sessions, patient=person | words, after_s=st.none() | st.floats(-1, 1e6))
    def subscribe(self, session: tuple[str, str], patient: str, after_s: float | None) -> Any:
        answer = self.checked(self.service.subscribe(session[1], patient, no_data_after_s=after_s))
        if answer.status_code != 200:
            return multiple()
        assert (session[0], patient) in self.invited
        return answer.json()["follow"]

    @rule(
        session=sessions, follow=follows, shown_s=st.none() | st.integers(), snoozed_s=st.none() | st.floats(-9, 1e10)
    )
    def poll(self, session: tuple[str, str], follow: int, shown_s: int | None, snoozed_s: float | None) -> None:
        answer = self.service.poll(session[1], follow, shown_s=shown_s, snoozed_until_s=snoozed_s)
        self.seen_by(session[0], self.checked(answer), "value")

    @rule(session=sessions, count=words | st.integers(-5, 999).map(str))
    def read(self, session: tuple[str, str], count: str) -> None:
        answer = self.service.publisher("ReadPublisherLatestGlucoseValues", session[1], maxCount=count)
        self.seen_by(session[0], self.checked(answer), "Value", own=True)

    @rule(session=sessions, subscription=subscriptions)
    def read_subscriptions(self, session: tuple[str, str], subscription: str) -> None:
        last = self.service.subscriber("ReadLastGlucoseFromSubscriptions", session[1], [subscription])
        self.seen_by(session[0], self.checked(last), "Value")
        values = "ReadSubscriptionLatestGlucoseValues"
        answer = self.service.subscriber(values, session[1], subscriptionId=subscription)
        self.seen_by(session[0], self.checked(answer), "Value")

    @rule(session=sessions, number=st.integers(0, 10**9), body=junk, query=st.dictionaries(words, words, max_size=3))
    def malformed(self, session: tuple[str, str], number: int, body: bytes, query: dict[str, str]) -> None:
        door: Any = self.service.gateway.apps["gateway"]
        routes = sorted(path for method, path in door._routes if method == "POST")
        path = routes[number % len(routes)]
        if path not in (f"{PUBLISHER}/DeleteContact", f"{SUBSCRIBER}/ReadLastGlucoseFromSubscriptions"):
            fields = httpx.QueryParams({**query, "sessionId": session[1]})
            self.checked(self.service.post(f"{path}?{fields}", body))

    # --- what happens -----------------------------------------------------------------------------------------------

    @rule(most=st.integers(1, 100))
    def store(self, most: int) -> None:
        self.service.processor.store_some(most)

    @rule(seconds=st.integers(1, 40_000))
    def pass_time(self, seconds: int) -> None:
        self.env.now_s += seconds

    @rule()
    def restart(self) -> None:
        self.service.begin()

    @rule(names=st.none() | st.lists(person, max_size=2))
    def revoke(self, names: list[str] | None) -> None:
        assert self.service.admin("POST", "/sessions/revoke", {"accounts": names}).status_code == 200

    # --- what must hold ---------------------------------------------------------------------------------------------

    def checked(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code != 200:
            assert answer.status_code == 500, answer.text
            assert set(answer.json()) == {"Code", "Message", "SubCode", "TypeName"}
            assert answer.json()["Code"] in DECLARED, answer.text
        return answer

    def seen_by(self, name: str, answer: httpx.Response, field: str, *, own: bool = False) -> None:
        """See that each value in an answer is that of somebody whom its reader follows, or may read."""
        allowed = {VALUES[patient] for follower, patient in self.invited if follower == name and patient in VALUES}
        seen = {int(part.split(",")[0].split("}")[0]) for part in answer.text.split(f'"{field}":')[1:]}
        assert seen <= ({VALUES[name]} if own else allowed)

    @invariant()
    def every_acknowledged_reading_is_there_once(self) -> None:
        numbers = {
            name: number for number, name in self.env.database("accounts").execute("SELECT id, name FROM account")
        }
        waiting = self.env.database("inbox").execute("SELECT patient, measured_s, ahead, value FROM inbox").fetchall()
        stored = self.env.database("store").execute("SELECT patient, measured_s, ahead, value FROM reading").fetchall()
        for rows in (waiting, stored):
            assert len({row[:3] for row in rows}) == len(rows)
        for name, acknowledged in self.acknowledged.items():
            rows = [row for row in (*waiting, *stored) if row[0] == numbers[name]]
            assert {(at_s, bool(ahead)) for _, at_s, ahead, _ in rows} == acknowledged
            assert {value for *_, value in rows} <= {VALUES[name]}


TestGateway = Machine.TestCase
TestGateway.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
