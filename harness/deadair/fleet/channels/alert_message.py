"""What a service's message says, whatever channel it came by: whom it is for, and whether it alerts or clears. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from deadair.model.roster import Phone, Roster
from deadair.targets.alerts.alert_path_section import AlertPathBase
from deadair.targets.alerts.message_parts import holds, names_in
from deadair.targets.service_time import seconds_of

MessageKind = Literal["no_data", "notice", "clear", "other"]
"""What a message is, as rows of a history and the phones' links say it."""
UNREGISTERED = "UNREGISTERED"
NOT_FOLLOWED = "NOT_FOLLOWED"


class AlertMessage(NamedTuple):
    """One message. Its names are the service's own and not looked up yet."""

    kind: MessageKind
    path: str | None
    """The alert path by which it comes; none if it fits none of several."""
    followers: tuple[str, ...] | None
    """Whom it names; none: it names nobody, and is for all who follow its patient."""
    patient: str | None
    measured_s: float | None
    contradicts: bool = False
    """It alerts and clears at once, by what its target file says: nobody knows which, so it does neither."""

    @property
    def contradiction(self) -> str:
        """Return what is wrong with a message that contradicts itself, and what to mend."""
        what = f"a message by the alert path {self.path} alerts and clears at once, by its target file"
        return f"{what}: mend its `alarm`, `notice` or `clear`"


class NobodyError(Exception):
    """A message is for nobody who is there. ``code``: why, as a history says it."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def read_document(document: Any, paths: Sequence[AlertPathBase]) -> AlertMessage:
    """Read a message: by the first of the alert paths that knows what it is. Never raises."""
    for path in paths:
        kinds = _kinds(document, path)
        if "clear" in kinds and len(kinds) > 1:
            return _read(document, path, "other")._replace(contradicts=True)
        if kinds:
            return _read(document, path, kinds[0])
    if len(paths) == 1:
        return _read(document, paths[0], "other")
    return AlertMessage("other", None, None, None, None)


def _kinds(document: Any, path: AlertPathBase) -> list[MessageKind]:
    """Return everything that a message is by a path, what matters most first."""
    conditions: Mapping[MessageKind, Any] = {"no_data": path.alarm, "notice": path.notice, "clear": path.clear}
    return [kind for kind, one in conditions.items() if one is not None and holds(one, document)]


def _read(document: Any, path: AlertPathBase, kind: MessageKind) -> AlertMessage:
    patient = next(iter(names_in(path.patient.of(document)) if path.patient else ()), None)
    if patient is None and path.patient is not None and path.follower is None and kind != "notice":
        patient = ""  # for the followers of a patient whom it does not name: for nobody, and not for all
    return AlertMessage(
        kind,
        path.name,
        None if path.follower is None else names_in(path.follower.of(document)),
        patient,
        None if path.measured is None else seconds_of(path.measured.of(document), path.times),
    )


class PhoneBook:
    """Who can be meant by the names in messages: phones by account, token or mail address, patients by account."""

    def __init__(self, roster: Roster) -> None:
        self._phones = roster.phones
        self._by_name: dict[str, list[Phone]] = {}
        for phone in roster.phones:
            for name in (phone.account, phone.token):
                self._by_name.setdefault(name, []).append(phone)
        self._follows: dict[int, list[Phone]] = {}
        """All on one phone, by the number of the first of them."""
        for phone in roster.phones:
            self._follows.setdefault(phone.phone if phone.handset is None else phone.handset, []).append(phone)
        self._patients = {device.account: device.patient for device in roster.devices}

    def meant(self, message: AlertMessage) -> tuple[Phone, ...]:
        """Return the phones that a message is for, in order. Raises NobodyError if it is for nobody."""
        patient = None
        if message.patient is not None:
            patient = self._patients.get(message.patient)
            if patient is None:
                raise NobodyError(NOT_FOLLOWED, f"nobody follows {message.patient[:80]!r}")
        named = self._phones if message.followers is None else self._named(message.followers)
        phones = tuple(phone for phone in named if patient in (None, phone.patient))
        if not phones:
            raise NobodyError(NOT_FOLLOWED, "whom it names does not follow that patient")
        return phones

    def on_handset(self, phone: int, patient: int | None) -> tuple[int, ...]:
        """Return which of the follows on one phone a message is for: those of its patient, of no patient all of them.

        What speaks of a patient whom the phone does not follow comes to the phone all the same: as its first follow's.
        """
        follows = self._follows.get(phone, [])
        of_patient = tuple(one.phone for one in follows if patient in (None, one.patient))
        return of_patient or (phone,)

    def _named(self, names: Sequence[str]) -> tuple[Phone, ...]:
        known = self._by_name
        found = (known[name] if name in known else known.get(name.partition("@")[0], []) for name in names)
        phones = tuple(dict.fromkeys(phone for those in found for phone in those))
        if not phones:
            who = f"nobody is called {names[0][:80]!r}" if names else "it names no follower"
            raise NobodyError(UNREGISTERED, who)
        return phones
