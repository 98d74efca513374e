"""What a simulated run must not touch, and who touched it.

A run is repeatable only if nothing in it reads the real machine. Both the loop and the guard refuse such calls with a
``LeakError``, which names the line that has to be mended. This file knows files and lines, nothing of time or tasks.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from deadair.model.errors import HarnessError

STANDARD_LIBRARY = f"{Path(os.__file__).parent}{os.sep}"
THIS_PACKAGE = f"{Path(__file__).parent}{os.sep}"
INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")

REFUSED = (
    "run_in_executor", "set_default_executor", "getaddrinfo", "getnameinfo",
    "create_connection", "create_server", "create_datagram_endpoint", "create_unix_connection", "create_unix_server",
    "connect_accepted_socket", "start_tls", "sendfile",
    "sock_recv", "sock_recv_into", "sock_recvfrom", "sock_recvfrom_into", "sock_sendall", "sock_sendto",
    "sock_connect", "sock_accept", "sock_sendfile",
    "add_reader", "remove_reader", "add_writer", "remove_writer",
    "connect_read_pipe", "connect_write_pipe", "subprocess_shell", "subprocess_exec",
    "add_signal_handler", "remove_signal_handler",
)  # fmt: skip
"""Methods of an event loop that reach for the real machine."""


class LeakError(HarnessError):
    """Something in a simulated run reached for the real machine: its clock, its chance, a thread or a socket."""

    def __init__(self, what: str, place: str) -> None:
        super().__init__(f"{place} uses {what}, which a simulated run does not have: take it from the environment")
        self.what = what
        self.place = place


def culprit() -> str:
    """Return ``file:line`` of the innermost caller outside the standard library and this package."""
    frame = sys._getframe(1)
    while frame.f_back is not None and not _is_somebodys(frame.f_code.co_filename):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _is_somebodys(file: str) -> bool:
    if file.startswith((THIS_PACKAGE, "<frozen")):
        return False
    return not file.startswith(STANDARD_LIBRARY) or any(folder in file for folder in INSTALLED)
