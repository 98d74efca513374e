"""What a service's message says: read by the pointers of its target file, and looked up among who takes part."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from deadair.fleet.channels.alert_message import AlertMessage, NobodyError, PhoneBook, read_document
from deadair.model.roster import Device, Phone, Roster
from deadair.targets.alerts.alert_path_section import AlertPathSection, alert_paths_of
from deadair.targets.alerts.channel_spec import ChannelSpec, channels_of, sockets_of
from deadair.targets.service_time import seconds_of, written

ROSTER = Roster(
    tuple(Device(n, "rest", f"device-{n}", 0.0) for n in range(2)),
    tuple(Phone(n, n // 2, "rest", f"phone-{n}", 0.0, 600) for n in range(4)),
)
"""Phones 0 and 1 follow patient 0, phones 2 and 3 patient 1."""
SECTION: TypeAdapter[AlertPathSection] = TypeAdapter(AlertPathSection)
HOOK = {
    "name": "hook", "channel": "webhook", "from": "node", "follower": "/to", "patient": "/child",
    "alarm": {"/kind": "no_data"}, "notice": {"/kind": ["down", "slow"]}, "clear": {"/text": {"matches": "again$"}},
    "measured": "/last",
}  # fmt: skip


def path(**changed: Any) -> AlertPathSection:
    return SECTION.validate_python({**HOOK, **changed})


def without(*names: str) -> AlertPathSection:
    return SECTION.validate_python({key: value for key, value in HOOK.items() if key not in names})


@pytest.mark.parametrize(("document", "kind"), [
    ({"kind": "no_data"}, "no_data"), ({"kind": "slow"}, "notice"), ({"text": "data is there again"}, "clear"),
    ({"kind": "low"}, "other"), ({"kind": True}, "other"), ({}, "other"), ([], "other"), (None, "other"), (7, "other"),
])  # fmt: skip
def test_a_message_is_known_by_what_it_holds(document: Any, kind: str) -> None:
    assert read_document(document, [path()]).kind == kind


@pytest.mark.parametrize("kind", ["no_data", "down"])
def test_a_message_that_alerts_and_clears_at_once_does_neither_and_is_told_of(kind: str) -> None:
    document = {"kind": kind, "text": "data is there again"}
    for paths in ([path()], [path(), path(name="other", clear={"/kind": kind})]):
        message = read_document(document, paths)
        assert (message.kind, message.path, message.contradicts) == ("other", "hook", True)
    assert not read_document({"kind": kind}, [path()]).contradicts
    assert not read_document(document, [without("clear")]).contradicts


def test_a_message_says_whom_it_is_for_and_what_of() -> None:
    document = {"kind": "no_data", "to": "phone-1", "child": "device-0", "last": 1700000000}
    assert read_document(document, [path()]) == AlertMessage("no_data", "hook", ("phone-1",), "device-0", 1.7e9)


@pytest.mark.parametrize(
    ("times", "said", "seconds"),
    [
        ("s", 1700000000, 1.7e9),
        ("s", "1700000000", 1.7e9),
        ("ms", 1700000000123, 1700000000.123),
        ("ms", "/Date(1700000000000)/", 1.7e9),
        ("ms", "Date(1700000000000-0400)", 1.7e9),
        ("iso", "2023-11-14T22:13:20Z", 1.7e9),
        ("iso", "2023-11-14T23:13:20+01:00", 1.7e9),
        ("iso", "2023-11-14 22:13:20", 1.7e9),
        ("s", True, None),
        ("s", None, None),
        ("s", "soon", None),
        ("s", float("nan"), None),
        ("s", 1e300, None),
        ("s", "1" * 400, None),
        ("iso", 1700000000, None),
        ("iso", "yesterday", None),
        ("iso", "9999-99-99", None),
        ("ms", [], None),
        ("s", 10**400, None),
    ],
)
def test_times_are_read_as_the_service_writes_them(times: Any, said: Any, seconds: float | None) -> None:
    assert seconds_of(said, times) == seconds


@pytest.mark.parametrize("times", ["s", "ms", "iso"])
def test_a_time_that_was_written_is_read_again(times: Any) -> None:
    assert seconds_of(written(1.7e9, times), times) == 1.7e9


def test_of_several_paths_the_first_that_knows_a_message_reads_it() -> None:
    other = path(name="other", alarm={"/kind": "lost"}, clear=None)
    assert read_document({"kind": "lost"}, [path(), other]).path == "other"
    assert read_document({"kind": "low"}, [path(), other]) == AlertMessage("other", None, None, None, None)


@pytest.mark.parametrize(
    ("document", "phones"),
    [
        ({"to": "phone-1"}, [1]),
        ({"to": "phone-token-2"}, [2]),
        ({"to": "phone-3@mail.example"}, [3]),
        ({"to": ["phone-3", "x", "phone-2"]}, [3, 2]),
        ({"to": ["phone-1", "phone-2"], "child": "device-0"}, [1]),
    ],
)
def test_followers_are_found_by_account_token_and_address(document: dict[str, Any], phones: list[int]) -> None:
    message = read_document({"kind": "no_data", **document}, [path()])
    assert [phone.phone for phone in PhoneBook(ROSTER).meant(message)] == phones


def test_a_message_that_names_no_follower_is_for_all_of_its_patient_or_for_all() -> None:
    of_patient, of_nobody = without("follower"), without("follower", "patient")
    followers = PhoneBook(ROSTER)
    said = {"kind": "no_data", "child": "device-1"}
    assert [phone.phone for phone in followers.meant(read_document(said, [of_patient]))] == [2, 3]
    assert [phone.phone for phone in followers.meant(read_document(said, [of_nobody]))] == [0, 1, 2, 3]
    down = read_document({"kind": "down"}, [of_patient])
    assert [phone.phone for phone in followers.meant(down)] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("section", "document", "code"),
    [
        (path(), {"to": "x"}, "UNREGISTERED"),
        (path(), {}, "UNREGISTERED"),
        (path(), {"to": {"a": 1}}, "UNREGISTERED"),
        (path(), {"to": "phone-1", "child": "device-1"}, "NOT_FOLLOWED"),
        (path(), {"to": "phone-1", "child": "x"}, "NOT_FOLLOWED"),
        (without("follower"), {}, "NOT_FOLLOWED"),
    ],
)
def test_a_message_for_nobody_is_for_nobody(section: AlertPathSection, document: dict[str, Any], code: str) -> None:
    with pytest.raises(NobodyError) as refused:
        PhoneBook(ROSTER).meant(read_document({"kind": "no_data", **document}, [section]))
    assert refused.value.code == code


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda one: st.lists(one) | st.dictionaries(st.sampled_from(["to", "child", "kind", "text", "last", "x"]), one),
)


@given(JSON)
def test_no_message_makes_the_reading_raise(document: Any) -> None:
    message = read_document(document, [path(times="iso"), path(name="b")])
    try:
        PhoneBook(ROSTER).meant(message)
    except NobodyError as error:
        assert error.code in ("UNREGISTERED", "NOT_FOLLOWED")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"alarm": None, "notice": None}, "alerts nobody"),
        ({"alarm": {"kind": "x"}}, "begins with `/`"),
        ({"alarm": {}}, "at least 1"),
        ({"follower": "to"}, "begins with `/`"),
        ({"clear": {"/a": {"matches": "("}}}, "no regular expression"),
        ({"url_path": "hook"}, "pattern"),
        ({"link": "x"}, "Extra inputs"),
        ({"channel": "pigeon"}, "does not match any of the expected tags"),
        ({"name": "A b"}, "pattern"),
    ],
)
def test_a_path_that_cannot_be_is_refused(broken: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        path(**broken)


def test_channels_are_opened_once_each_and_say_where_they_listen() -> None:
    mail = {"name": "mail", "channel": "smtp", "alarm": {"/subject": "No data"}}
    sections = [path(), SECTION.validate_python(mail), path(name="second")]
    channels = channels_of(sections)
    assert [(one.channel, [each.name for each in one.paths]) for one in channels] == [
        ("webhook", ["hook", "second"]),
        ("smtp", ["mail"]),
    ]
    assert sockets_of(channels) == ("push", "push_smtp")
    assert sockets_of(()) == ("push",)
    first = alert_paths_of(sections)[0]
    assert (first.name, first.sender, first.through_gateway) == ("hook", "node", True)
    assert [ChannelSpec.model_validate_json(one.model_dump_json()) for one in channels] == list(channels)


SHARED = Roster(
    ROSTER.devices,
    (*ROSTER.phones, Phone(4, 1, "rest", "phone-0", 0.0, 600, handset=0), Phone(5, 0, "tablets", "phone-0", 0.0, 600)),
)
"""Phone 0 follows patient 1, too, and there is a second phone of its account."""


@pytest.mark.clause("D37")
@pytest.mark.parametrize(
    ("patient", "follows"), [(0, (0,)), (1, (4,)), (None, (0, 4)), (7, (0,))]
)  # fmt: skip
def test_a_message_to_a_phone_that_follows_two_is_its_patients(patient: int | None, follows: tuple[int, ...]) -> None:
    assert PhoneBook(SHARED).on_handset(0, patient) == follows
    assert PhoneBook(SHARED).on_handset(5, patient) == (5,)


@pytest.mark.parametrize(
    ("to", "child", "phones"),
    [
        ("phone-0", "device-0", [0, 5]),
        ("phone-0", "device-1", [4]),
        ("phone-token-0", "device-1", [4]),
        ("phone-token-5", "device-0", [5]),
    ],
)
def test_who_is_called_by_an_account_is_each_phone_of_it_that_follows_the_patient(
    to: str, child: str, phones: list[int]
) -> None:
    message = read_document({"kind": "no_data", "to": to, "child": child}, [path()])
    assert [phone.phone for phone in PhoneBook(SHARED).meant(message)] == phones
