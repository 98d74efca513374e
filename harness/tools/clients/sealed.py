"""A place of its own for clients that have the vendor's hosts built in: a network of loopback alone, with no route.

The vendor's names lead to loopback there, and nothing can leave the machine. Linux only: by ``unshare``.
"""

from __future__ import annotations

import errno
import fcntl
import socket
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

NAMES = ("share2.dexcom.com", "share1.dexcom.com", "shareous1.dexcom.com", "share.dexcom.jp")
"""The vendor's hosts, as clients have them built in."""
OWN = ("unshare", "--map-root-user", "--net", "--mount", "--propagation", "private")
ELSEWHERE = ("192.0.2.1", "8.8.8.8")
"""Addresses outside: one that is nobody's, for documents, and one that many have."""
LIMIT_S = 10.0
IFF_UP, SIOCSIFFLAGS = 1, 0x8914


class NotSealed(Exception):  # noqa: N818 - a state of the place
    """Something could leave this place, or a name leads elsewhere: no client may start here."""


def why_none() -> str:
    """Say why no such place can be had here; nothing if it can."""
    try:
        tried = subprocess.run([*OWN, "true"], capture_output=True, text=True, timeout=LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"a network of its own needs unshare of util-linux: {error}"
    said = tried.stderr.strip()
    return f"a network of its own needs root, or the right to make namespaces: {said}" if tried.returncode else ""


def command_within(command: Sequence[str]) -> list[str]:
    """Return the command that runs another in such a place; that one has to call ``seal`` first."""
    return [*OWN, *command]


def seal(folder: Path) -> None:
    """Make loopback work and the vendor's names lead to it. Raises NotSealed."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    hosts, nobody = folder / "hosts", folder / "resolv.conf"
    hosts.write_text("".join(f"127.0.0.1 {name}\n" for name in ("localhost", *NAMES)), encoding="utf-8")
    nobody.write_text("", encoding="utf-8")
    for file, over in ((hosts, "/etc/hosts"), (nobody, "/etc/resolv.conf")):
        mount = ["/usr/bin/env", "mount", "--bind", str(file), over]
        done = subprocess.run(mount, capture_output=True, text=True, timeout=LIMIT_S, check=False)
        if done.returncode and over == "/etc/hosts":
            raise NotSealed(f"{over} cannot be replaced: {done.stderr.strip()}")
    demand_sealed()


def demand_sealed() -> None:
    """Raise NotSealed unless nothing can leave this place and the vendor's names lead to loopback."""
    links = _links()
    if links != ["lo"]:
        raise NotSealed(f"there are links beside loopback: {', '.join(links)}")
    routes = Path("/proc/self/net/route").read_text(encoding="ascii").splitlines()[1:]
    if routes:
        raise NotSealed(f"there is a route: {routes[0]}")
    for address in ELSEWHERE:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            try:
                one.connect((address, 443))
            except OSError as error:
                if error.errno == errno.ENETUNREACH:
                    continue
            raise NotSealed(f"there is a way to {address}")
    for name in NAMES:
        try:
            found = {str(entry[4][0]) for entry in socket.getaddrinfo(name, 443, type=socket.SOCK_STREAM)}
        except OSError as error:
            raise NotSealed(f"{name} leads nowhere: {error}") from error
        if found != {"127.0.0.1"}:
            raise NotSealed(f"{name} leads to {', '.join(sorted(found))}")


def _links() -> list[str]:
    """Return the names of this network's links; /sys may show those of another."""
    lines = Path("/proc/self/net/dev").read_text(encoding="ascii").splitlines()[2:]
    return sorted(line.partition(":")[0].strip() for line in lines)
