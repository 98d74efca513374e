"""The administrator's routes, on a socket of their own: accounts in bulk, and what is stored and waiting."""

from __future__ import annotations

from starlette.requests import Request

from harness.reference import costs, share_api
from harness.reference.accounts import Accounts
from harness.reference.body import read_body
from harness.reference.door import Reply, Routes, query_of, reply
from harness.reference.env import Env
from harness.reference.inbox import Inbox
from harness.reference.share_api import ShareError
from harness.reference.store import Store

BULK_BYTES_MAX = 64 * 1024 * 1024
ALL = 10_000_000


def admin_routes(env: Env, accounts: Accounts, inbox: Inbox, store: Store) -> Routes:
    """Return the routes."""

    async def add(request: Request) -> Reply:
        """Create accounts: ``{"accounts": [[name, password]…], "invitations": [[follower, patient]…]}``."""
        env.cpu(costs.ADMIN_S)
        try:
            data = share_api.parse_bulk(await read_body(request, most=BULK_BYTES_MAX))
            accounts.add(data.accounts, data.invitations)
        except ShareError as error:
            return reply(error.body(), 400)
        except KeyError as error:
            return reply({"Message": f"no account {error} to invite"}, 400)
        return reply({"accounts": len(data.accounts)})

    async def stored(request: Request) -> Reply:
        """Return every stored reading of the account named in the query, as [measured_s, value] pairs."""
        env.cpu(costs.ADMIN_S)
        account = accounts.named(query_of(request).get("account", ""))
        if account is None:
            return reply({"Message": "no such account"}, 404)
        rows = store.latest(account.number, since_s=0, most=ALL)
        return reply([[measured_s, value] for measured_s, value, _ in rows])

    async def backlog(_: Request) -> Reply:
        """Return how many acknowledged readings wait to be stored."""
        env.cpu(costs.ADMIN_S)
        return reply({"waiting": inbox.count()})

    return {("POST", "/accounts"): add, ("GET", "/stored"): stored, ("GET", "/backlog"): backlog}
