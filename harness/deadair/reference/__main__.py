"""``python -m deadair.reference``: the whole service (``up``), one node of it, or its accounts.

Configuration: ``settings.json`` or ``settings.toml`` in the data folder, variables ``FOLLOW_<NAME>`` over it.
Exit codes: 0 ended as asked; 1 crashed, or could not start; 2 wrong configuration or arguments.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sqlite3
import sys
from pathlib import Path

import uvloop

from deadair.reference.running.account_verbs import account_verb, add_verbs
from deadair.reference.running.backup import NoBackup, back_up
from deadair.reference.running.configuration import ConfigurationError, check_node, configured, service_links
from deadair.reference.running.databases import CorruptFile
from deadair.reference.running.folder import FolderRefused, claim_folder
from deadair.reference.running.live import LiveEnv, end_with_standard_input, unix_s
from deadair.reference.running.log import Log
from deadair.reference.running.serve import serve
from deadair.reference.running.up import CannotStart, up
from deadair.reference.settings import Settings
from deadair.reference.storage.database_format import WrongFormat
from deadair.reference.wiring import NODES, dearness_of


async def _run(name: str, data: Path, settings: Settings, log: Log) -> None:
    env = LiveEnv(data, settings, log, node=name, dearness=dearness_of(name, settings))
    try:
        await serve(NODES[name](env, settings), settings, env, log)
    except sqlite3.Error:
        env.find_damage()
        raise
    finally:
        await env.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deadair.reference", description=(__doc__ or "").split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    whole = commands.add_parser("up", help="all nodes, each a process of its own, until SIGTERM")
    whole.add_argument("--port", type=int, help="the first of eight ports; free ones without it")
    whole.add_argument(
        "--tls", nargs="*", metavar="NAME", help="speak TLS; without a configured certificate, with one for these names"
    )
    account = commands.add_parser("account", help="accounts, whether the service runs or not")
    add_verbs(account)
    backup = commands.add_parser(
        "backup", help="copy the data of a service, while it runs, to where `up` can be started"
    )
    backup.add_argument("target", type=Path, metavar="DIR", help="a folder that is not there yet")
    nodes = [commands.add_parser(name, help=f"only the {name}") for name in sorted(NODES)]
    for node in nodes:
        node.add_argument("--tied", action="store_true", help="end at once when standard input ends")
    for one in (whole, backup, *nodes):
        one.add_argument("--data", type=Path, required=True, help="folder of configuration and databases")
    return parser.parse_args()


def _carried_out(arguments: argparse.Namespace, settings: Settings, log: Log) -> int:
    command, data = arguments.command, arguments.data
    if command == "account":
        return account_verb(arguments, settings)
    if command == "backup":
        back_up(
            data,
            arguments.target,
            remote_store=bool(settings.store_url),
            copied=lambda name: log.say("copied", file=name),
        )
        sys.stdout.write(f"{arguments.target}\n")
    elif command == "up":
        asyncio.run(up(data, settings, log, port=arguments.port, tls_names=arguments.tls))
    else:
        check_node(settings, command)
        if arguments.tied:
            end_with_standard_input()
        uvloop.run(_run(command, data, settings, log))
    return 0


def main() -> int:
    """Do what is asked and return an exit code; a log takes the place of tracebacks."""
    arguments = _arguments()
    command, data = arguments.command, arguments.data
    log = Log(command, unix_s)
    try:
        if narrowed := claim_folder(data):
            log.say("others could use this, and cannot any more", files=" ".join(narrowed))
        settings = configured(data, os.environ)
        if links := service_links(os.environ):
            log.say("no settings, passed over", variables=" ".join(links))
        return _carried_out(arguments, settings, log)
    except ConfigurationError as error:
        log.say("wrong configuration", why=str(error))
        return 2
    except (CannotStart, CorruptFile, FolderRefused, NoBackup, WrongFormat) as error:
        log.say("cannot go on" if isinstance(error, CorruptFile) else "cannot start", why=str(error))
        return 1
    except Exception as error:  # noqa: BLE001 - nobody sees a traceback
        log.failed("crashed", error)
        return 1
    finally:
        log.close()


if __name__ == "__main__":
    sys.exit(main())
