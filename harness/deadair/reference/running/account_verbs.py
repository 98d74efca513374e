"""``account …``: what whoever runs the service does with accounts, in the database, whether the service runs or not.

A gateway that runs looks there, and ends what is to end; one that is down does so when it starts.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import getpass
import json
import sqlite3
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from deadair.reference.accounts.accounts import Account, Accounts, Newcomer
from deadair.reference.accounts.follows import Follow, Follows
from deadair.reference.alerts.alarms import Alarms
from deadair.reference.http.share_api import ShareError, text_of
from deadair.reference.running.accounts_by_hand import AccountsByHand
from deadair.reference.running.live import LiveEnv
from deadair.reference.settings import Settings

VERBS = {
    "add": "create an account; its password is read from standard input, its id printed",
    "list": "print all accounts, or one, with sessions, whom they follow and how these are reached: JSON, one a line",
    "password": "change a password, which is read from standard input; whoever is logged in has to log in anew",
    "remove": "remove an account with its sessions, contacts and follows; readings stay until retention takes them",
    "sessions": "print how many sessions an account has, or end them",
}


def add_verbs(account: argparse.ArgumentParser) -> None:
    """Tell a parser of all verbs."""
    deeds = account.add_subparsers(dest="deed", required=True)
    for deed, words in VERBS.items():
        verb = deeds.add_parser(deed, help=words)
        verb.add_argument("name", metavar="NAME", nargs="?" if deed == "list" else None)
        verb.add_argument("--data", type=Path, required=True, help="folder of configuration and databases")
        if deed == "sessions":
            verb.add_argument("--end", action="store_true", help="end them all")


def account_verb(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do what is asked; return the exit code."""
    try:
        name = None if arguments.name is None else text_of({"NAME": arguments.name}, "NAME")
        password = text_of({"the password": _password()}, "the password") if arguments.deed in _NEEDS_PASSWORD else ""
        lines = asyncio.run(_done(arguments, settings, name, password))
    except (ShareError, UnicodeDecodeError) as error:
        sys.stderr.write(f"account {arguments.deed}: {error}\n")
        return 2
    except sqlite3.Error as error:
        sys.stderr.write(f"account {arguments.deed}: the database cannot be read or written now ({error}); try again\n")
        return 1
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


_NEEDS_PASSWORD = ("add", "password")


def _password() -> str:
    """Read the password: the first line of standard input, unseen on a terminal."""
    if sys.stdin.isatty():
        return getpass.getpass()
    return sys.stdin.buffer.readline().rstrip(b"\r\n").decode()


@contextlib.asynccontextmanager
async def _opened(data: Path, settings: Settings) -> AsyncIterator[LiveEnv]:
    env = LiveEnv(data, settings, node="")
    try:
        yield env
    finally:
        await env.close()


async def _done(arguments: argparse.Namespace, settings: Settings, name: str | None, password: str) -> list[str]:
    """Do one deed in the database; return the lines to print."""
    async with _opened(arguments.data, settings) as env:
        accounts = AccountsByHand(env, settings)
        if arguments.deed == "add" and name is not None:
            if accounts.directory.named(name) is not None:
                raise ShareError("AccountExists", f"there is an account {name!r} already")
            return [made.public for made in await accounts.directory.add([Newcomer(name, password)])]
        chosen = accounts.all() if name is None else [_named(accounts.directory, name)]
        if arguments.deed == "list":
            return list(_listed(env, accounts, chosen))
        (account,) = chosen
        match arguments.deed:
            case "password":
                await accounts.change_password(account, password)
            case "remove":
                accounts.remove(account)
            case "sessions":
                if not arguments.end:
                    return [str(accounts.sessions()[account.number])]
                accounts.end_sessions(account)
        return []


def _named(accounts: Accounts, name: str) -> Account:
    account = accounts.named(name)
    if account is None:
        raise ShareError("NotFound", f"there is no account {name!r}")
    return account


def _listed(env: LiveEnv, accounts: AccountsByHand, chosen: list[Account]) -> Iterator[str]:
    sessions, gone = accounts.sessions(), Alarms(env).gone()
    following: defaultdict[int, list[Follow]] = defaultdict(list)
    for follow in Follows(env).all():
        if not follow.revoked:
            following[follow.follower].append(follow)

    def shown(follow: Follow) -> dict[str, Any]:
        patient = accounts.directory.known(follow.patient)
        reach = "none" if not follow.token else "gone" if gone.get(follow.number) == follow.token else "push"
        return {"patient": patient and patient.name, "no_data_after_s": follow.no_data_after_s, "reach": reach}

    for account in chosen:
        line = {
            "name": account.name,
            "id": account.public,
            "receiver": account.serial,
            "monitored": account.monitored,
            "sessions": sessions[account.number],
            "follows": [shown(follow) for follow in following[account.number]],
        }
        yield json.dumps(line, ensure_ascii=False)
