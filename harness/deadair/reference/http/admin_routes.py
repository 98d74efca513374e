"""The administrator's routes, on a socket of their own: accounts in bulk, sessions, what is stored and what waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from deadair.reference import costs
from deadair.reference.accounts.accounts import Account, Newcomer
from deadair.reference.accounts.names import name_key
from deadair.reference.description.document import document_text
from deadair.reference.env import Env
from deadair.reference.http.request_body import read_body
from deadair.reference.http.request_guard import Books
from deadair.reference.http.router import Reply, Routes, query_of, reply
from deadair.reference.http.share_api import TEXT_LENGTH_MAX, ShareError, parse_object

BULK_BYTES_MAX = 64 * 1024 * 1024


def parse_bulk(body: bytes) -> tuple[list[Newcomer], list[tuple[str, str]]]:
    """Read accounts to create and (follower, patient) to allow. Raises ShareError for all but lists of texts."""
    data = parse_object(body)
    accounts, invitations = data.get("accounts", []), data.get("invitations", [])
    if not _texts(accounts, (2, 3)) or not _texts(invitations, (2,)):
        least_most = f"of 1 to {TEXT_LENGTH_MAX} characters"
        raise ShareError("InvalidArgument", f"accounts and invitations must be lists of lists of texts {least_most}")
    return [Newcomer(*one) for one in accounts], [(follower, patient) for follower, patient in invitations]


def _texts(data: Any, lengths: tuple[int, ...]) -> bool:
    return isinstance(data, list) and all(
        isinstance(one, list)
        and len(one) in lengths
        and all(isinstance(text, str) and 0 < len(text) <= TEXT_LENGTH_MAX for text in one)
        for one in data
    )


def admin_routes(
    env: Env, books: Books, skewed: Mapping[int, float], malformed: Mapping[tuple[int, str], int]
) -> Routes:
    """Return the routes. ``skewed``: by how many seconds the clocks of which patients' devices are ahead;
    ``malformed``: how many records of theirs were none, and why."""
    accounts = books.accounts

    def named(name: object) -> Account:
        text = name if isinstance(name, str) else ""
        account = accounts.named(text)
        if account is None:
            raise ShareError("NotFound", f"there is no account {text!r:.200}", status=404)
        return account

    async def add(request: Request) -> Reply:
        """Create accounts, ``{"accounts": [[name, password], [name, password, serial number of receiver]…],
        "invitations": [[follower, patient]…]}``, and return their ids.
        """
        env.cpu(costs.ADMIN_S)
        newcomers, invitations = parse_bulk(await read_body(request, most=BULK_BYTES_MAX))
        new = {name_key(one.name) for one in newcomers}
        for name in (name for pair in invitations for name in pair if name_key(name) not in new):
            named(name)
        added = await accounts.add(newcomers)
        books.contacts.allow([(named(follower).name, named(patient).number) for follower, patient in invitations])
        return reply({"accounts": len(added), "ids": [account.public for account in added]})

    async def revoke(request: Request) -> Reply:
        """End all sessions of ``{"accounts": [name…]}``, or everybody's if it names none."""
        env.cpu(costs.ADMIN_S)
        names = parse_object(await read_body(request)).get("accounts")
        if names is not None and not isinstance(names, list):
            raise ShareError("InvalidArgument", "accounts must be a list of names")
        whose = None if names is None else {named(name).number for name in names}
        return reply({"revoked": books.sessions.revoke(whose)})

    async def stored(request: Request) -> Reply:
        """Return every stored reading of the account named in the query, as [measured_s, value] pairs."""
        env.cpu(costs.ADMIN_S)
        return reply(await books.store.every(named(query_of(request).get("account")).number))

    async def backlog(_: Request) -> Reply:
        """Return how many acknowledged readings wait to be stored."""
        env.cpu(costs.ADMIN_S)
        return reply({"waiting": books.inbox.count()})

    async def ahead(_: Request) -> Reply:
        """Return the accounts whose devices' clocks are ahead, and by how many seconds."""
        env.cpu(costs.ADMIN_S)
        known = [(accounts.known(one), by_s) for one, by_s in skewed.items()]
        return reply([{"account": account.name, "ahead_s": by_s} for account, by_s in known if account])

    async def unsound(_: Request) -> Reply:
        """Return how many records of which accounts were malformed since this node began, and what they should be."""
        env.cpu(costs.ADMIN_S)
        known = [(accounts.known(one), why, records) for (one, why), records in malformed.items()]
        return reply([{"account": one.name, "why": why, "records": number} for one, why, number in known if one])

    async def described(_: Request) -> Reply:
        """Return the description of all of this."""
        return Reply(200, document_text())

    return {
        ("POST", "/accounts"): add,
        ("POST", "/sessions/revoke"): revoke,
        ("GET", "/stored"): stored,
        ("GET", "/backlog"): backlog,
        ("GET", "/skewed"): ahead,
        ("GET", "/malformed"): unsound,
        ("GET", "/openapi.json"): described,
    }
