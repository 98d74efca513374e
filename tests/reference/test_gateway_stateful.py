"""Whatever is asked of the gateway in whatever order, its promises hold.

No undeclared 5xx; never a reading of somebody not followed; every acknowledged reading once in inbox or store.
"""

from __future__ import annotations

import json
from typing import Any

import httpx
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from deadair.reference.accounts.names import name_key
from deadair.reference.storage.inbox import AHEAD, EVENT, READING
from tests.reference.fake_env import FakeEnv
from tests.reference.service import SERIAL, Service

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
"""Each patient's readings have ten values of their own: so it is seen whose a reading is."""
CODE = 10
"""What a sensor says instead of a value. Nobody ever sees it."""

person = st.sampled_from(PEOPLE)
seldom = st.integers(0, 9).map(lambda number: number == 0)
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
stamps = st.lists(st.integers(-90_000, 5_000) | st.integers(-5, 5), min_size=1, max_size=60)
words = st.text(max_size=12) | st.sampled_from(["\x00", "../..", "x" * 201, "%00", "ü"])


class Machine(RuleBasedStateMachine):
    """Keeps its own books: who is invited to follow whom, and which readings were acknowledged."""

    contacts = Bundle("contacts")
    follows = Bundle("follows")

    def __init__(self) -> None:
        super().__init__()
        self.env, self.service = self.begun()
        self.invited = {("follower", "patient")}
        self.acknowledged: dict[str, dict[tuple[int, int], int]] = {name: {} for name in PEOPLE}
        """By moment and kind, the value that came last."""
        self.sessions: dict[str, str] = {}
        self.subscriptions: set[str] = set()
        self.followed: set[tuple[str, int]] = set()

    def begun(self) -> tuple[Any, Service]:
        """Return a world and the service in it."""
        env = FakeEnv()
        return env, Service(env)

    def teardown(self) -> None:
        self.env.close()

    def session(self, name: str) -> str:
        """Return a session of somebody; if it is gone, the next time there is another."""
        session = self.sessions.get(name)
        if session is None or self.service.publisher("IsRemoteMonitoringSessionActive", session).status_code != 200:
            answer = self.checked(self.service.log_in(name, name[0]))
            self.sessions[name] = answer.json() if answer.status_code == 200 else "none"
        return session or self.sessions[name]

    # --- what is asked ----------------------------------------------------------------------------------------------

    @initialize(target=contacts)
    def begin_to_share(self) -> tuple[str, str, str]:
        patient = self.session("patient")
        contact = self.service.publisher("CreateContact", patient, contactName="c", emailAddress="stranger").json()
        self.service.publisher("CreateSubscriptionInvitation", patient, b"{}", contactId=contact)
        self.invited.add(("stranger", "patient"))
        return "patient", "stranger", contact

    @initialize(target=follows, name=st.sampled_from(["follower", "stranger"]))
    def begin_to_follow(self, name: str) -> Any:
        now = int(self.env.now())
        self.service.upload(self.session("patient"), now, value=VALUES["patient"])
        self.acknowledged["patient"][now, READING] = VALUES["patient"]
        self.service.store_all()
        return self.following(name, self.service.subscribe(self.session(name)))

    @rule(name=person)
    def wrong_password(self, name: str) -> None:
        self.checked(self.service.log_in(name, "no"))

    @rule(name=person, offsets=stamps, more=st.integers(0, 9), event=seldom, other=seldom)
    def upload(self, name: str, offsets: list[int], more: int, event: bool, other: bool) -> None:
        """Upload readings, corrections among them, or a sensor's codes."""
        now, serial, value = int(self.env.now()), "SM1" if other else SERIAL, CODE if event else VALUES[name] + more
        answer = self.service.upload(self.session(name), *(now + k for k in offsets), value=value, serial=serial)
        duplicate = answer.status_code != 200 and answer.json()["Code"] == "DuplicateEgvPosted"
        if self.checked(answer).status_code == 200 or duplicate:
            new = {(now + k, EVENT if event else AHEAD if k > 300 else READING): value for k in offsets}
            before = self.acknowledged[name]
            assert duplicate == all(before.get(key) == value for key in new)
            before |= new

    @rule(
        name=person,
        call=st.sampled_from(
            [
                *["ReplacePublisherAccountMonitoredReceiver", "StartRemoteMonitoringSession"] * 2,
                "StopRemoteMonitoringSession",
                "CheckMonitoredReceiverAssignmentStatus",
            ]
        ),
        other=seldom,
    )
    def set_up(self, name: str, call: str, other: bool) -> None:
        self.checked(self.service.publisher(call, self.session(name), serialNumber="SM1" if other else SERIAL))

    @rule(target=contacts, name=person, contact=words, address=person | person.map(str.title) | words)
    def create_contact(self, name: str, contact: str, address: str) -> Any:
        answer = self.service.publisher("CreateContact", self.session(name), contactName=contact, emailAddress=address)
        return (name, address, answer.json()) if self.checked(answer).status_code == 200 else multiple()

    @rule(name=person, own=st.booleans(), contact=contacts, body=junk | st.just(b'{"DisplayName": "Kim"}'))
    def invite(self, name: str, own: bool, contact: tuple[str, str, str], body: bytes) -> None:
        patient, address, public = contact
        name = patient if own else name
        answer = self.service.publisher("CreateSubscriptionInvitation", self.session(name), body, contactId=public)
        if self.checked(answer).status_code == 200:
            assert name == patient
            self.invited.add((name_key(address), patient))

    @rule(name=person, own=st.booleans(), contact=contacts)
    def delete_contact(self, name: str, own: bool, contact: tuple[str, str, str]) -> None:
        patient, address, public = contact
        name = patient if own else name
        answer = self.service.publisher("DeleteContact", self.session(name), contactId=public)
        if self.checked(answer).status_code == 200:
            assert name == patient
            self.invited.discard((name_key(address), patient))
            for follower, follow in sorted(self.followed):
                self.seen_by(follower, self.checked(self.service.poll(self.session(follower), follow)), "value")

    @rule(target=follows, name=person, patient=person, wrong=seldom, word=words, after_s=st.none() | st.floats(-1, 1e6))
    def subscribe(self, name: str, patient: str, wrong: bool, word: str, after_s: float | None) -> Any:
        patient = word if wrong else patient
        answer = self.checked(self.service.subscribe(self.session(name), patient, no_data_after_s=after_s))
        assert answer.status_code != 200 or (name, patient) in self.invited
        return self.following(name, answer)

    def following(self, name: str, answer: httpx.Response) -> Any:
        if answer.status_code != 200:
            return multiple()
        self.followed.add((name, answer.json()["follow"]))
        return name, answer.json()["follow"]

    @rule(
        name=person,
        own=st.booleans(),
        follow=follows,
        shown_s=st.none() | st.integers(),
        snoozed_s=st.none() | st.floats(-9, 1e10),
    )
    def poll(self, name: str, own: bool, follow: tuple[str, int], shown_s: int | None, snoozed_s: float | None) -> None:
        name = follow[0] if own else name
        answer = self.service.poll(self.session(name), follow[1], shown_s=shown_s, snoozed_until_s=snoozed_s)
        self.seen_by(name, self.checked(answer), "value")

    @rule(name=person, count=st.integers(-5, 999).map(str) | words)
    def read(self, name: str, count: str) -> None:
        answer = self.service.publisher("ReadPublisherLatestGlucoseValues", self.session(name), maxCount=count)
        self.seen_by(name, self.checked(answer), "Value", own=True)

    @rule(name=person)
    def read_subscriptions(self, name: str) -> None:
        """Read by the ids of all subscriptions that anybody ever saw."""
        session, values = self.session(name), "ReadSubscriptionLatestGlucoseValues"
        listed = self.checked(self.service.subscriber("ListSubscriberAccountSubscriptions", session))
        if listed.status_code == 200:
            self.subscriptions |= {one["SubscriptionId"] for one in listed.json()}
        for subscription in sorted(self.subscriptions):
            last = self.service.subscriber("ReadLastGlucoseFromSubscriptions", session, [subscription])
            self.seen_by(name, self.checked(last), "Value")
            self.seen_by(
                name, self.checked(self.service.subscriber(values, session, subscriptionId=subscription)), "Value"
            )

    @rule(name=person, number=st.integers(0, 10**9), body=junk, query=st.dictionaries(words, words, max_size=3))
    def malformed(self, name: str, number: int, body: bytes, query: dict[str, str]) -> None:
        routes = self.service.paths()
        fields = httpx.QueryParams({**query, "sessionId": self.session(name)})
        self.checked(self.service.post(f"{routes[number % len(routes)]}?{fields}", body))

    # --- what happens -----------------------------------------------------------------------------------------------

    @rule(most=st.integers(1, 100))
    def store(self, most: int) -> None:
        self.service.store_some(most)

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
        allowed = {VALUES[patient] for follower, patient in self.invited if follower == name}
        seen = {int(part.split(",")[0].split("}")[0]) // 10 * 10 for part in answer.text.split(f'"{field}":')[1:]}
        assert seen <= ({VALUES[name]} if own else allowed)

    @invariant()
    def every_acknowledged_reading_is_there_once(self) -> None:
        numbers = {
            name: number for number, name in self.env.database("accounts").execute("SELECT id, name FROM account")
        }
        waiting = self.env.database("inbox").execute("SELECT patient, measured_s, kind, value FROM inbox").fetchall()
        stored = self.env.database("store").execute("SELECT patient, measured_s, kind, value FROM reading").fetchall()
        for rows in (waiting, stored):
            assert len({row[:3] for row in rows}) == len(rows)
        for name, acknowledged in self.acknowledged.items():
            rows = [row for row in (*stored, *waiting) if row[0] == numbers[name]]
            assert {(at_s, kind): value for _, at_s, kind, value in rows} == acknowledged


TestGateway = Machine.TestCase
TestGateway.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
