"""Serves pages on loopback until somebody ends it, and tells the link by which to come in."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from deadair.browser.page_guard import PageGuard
from deadair.browser.run_pages import RunPages
from deadair.model.errors import HarnessError

LOOPBACK = "127.0.0.1"
CONNECTIONS_MAX = 50
GRACE_S = 2
NAME_BYTES = 3


def serve_runs(reports: Path, port: int, tell: Callable[[str], None]) -> None:
    """Serve the pages of a reports folder until an interrupt. Raises HarnessError if the port cannot be had."""
    listener = _listener(port)
    _become_owner(reports)
    with listener:
        host = f"runs-{secrets.token_hex(NAME_BYTES)}.localhost:{listener.getsockname()[1]}"
        guard = PageGuard(RunPages(reports.resolve()).app, host=host)
        config = uvicorn.Config(
            guard,
            lifespan="off",
            log_level="critical",
            access_log=False,
            limit_concurrency=CONNECTIONS_MAX,
            timeout_graceful_shutdown=GRACE_S,
            server_header=False,
        )
        tell(f"{guard.link()}\nThe link works once, in a browser on this machine. Ctrl-C ends the pages.")
        try:
            asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))
        except KeyboardInterrupt:
            return


def _become_owner(reports: Path) -> None:
    """Be whoever the runs belong to, if we are root: pages need no more than that."""
    owner = reports.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.setgroups([])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)


def _listener(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(CONNECTIONS_MAX)  # whoever opens the link at once waits, and is not refused
    except OSError as error:
        listener.close()
        raise HarnessError(f"port {port} of {LOOPBACK} cannot be had ({error.strerror}); name another") from None
    return listener
