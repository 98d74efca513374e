"""The clients that are driven, what each of them can do, and how its driver is started.

A flow that a client has not is left out here: it stands in the table as "–".
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from tools.clients.driven_client import DrivenClient, driven
from tools.clients.packages import Packages

DRIVERS = Path(__file__).parent / "drivers"
READS = frozenset({"by name", "latest", "history", "limits", "wrong password", "expiry", "revocation", "kill", "429"})


GOES_ON = (
    "it goes on asking with the session that ended, until it renews it by itself 23 h 50 min after its log-in: the"
    " service's own sessions live for 24 h, so only a revoked one is ever met"
)


@dataclass(frozen=True, slots=True)
class ClientSpec:
    """One client. ``name`` is its package's; ``version`` as it is pinned."""

    name: str
    version: str
    flows: frozenset[str]
    npm: bool = False
    newest_age_s: float = 0.0
    """How old the newest reading has to be for the next poll to be soon, of a client that polls by itself."""
    patience_s: float = 20.0
    """How long it may take to show a new reading after trouble."""
    answer_limit_s: float = 10.0
    """How long one read may take."""
    logs_in_each_read: bool = False
    """It keeps no session, whatever comes of it."""
    known: Mapping[str, str] = field(default_factory=dict)
    """What it does not by itself, and why that is the client's: no service can mend it."""

    @property
    def label(self) -> str:
        """Return how it is called in the table."""
        return f"{self.name} {self.version}"


READERS = (
    ClientSpec("pydexcom", "0.5.1", (READS | {"by id"}) - {"limits"}),
    ClientSpec("pydexcom", "0.3.2", (READS | {"by id"}) - {"limits"}),
    ClientSpec("share2nightscout-bridge", "0.2.12", READS | {"by id"}, npm=True),
    ClientSpec(
        "nightscout-connect",
        "0.0.12",
        READS | {"by id"},
        npm=True,
        newest_age_s=270.0,
        patience_s=90.0,
        answer_limit_s=90.0,
        known=dict.fromkeys(("expiry", "revocation"), GOES_ON),
    ),
    ClientSpec(
        "dexcom-share-api",
        "1.0.8",
        (READS | {"by id"}) - {"expiry", "revocation"},
        npm=True,
        logs_in_each_read=True,
    ),
    ClientSpec("dexcom-share", "2.0.1", READS, npm=True),
)


@dataclass(frozen=True, slots=True)
class Starter:
    """Starts drivers; ``ca_file`` is the only authority that clients trust."""

    packages: Packages
    ca_file: str

    def start(self, spec: ClientSpec) -> AbstractContextManager[DrivenClient]:
        """Start the driver of a client."""
        environ = {
            name: value
            for name, value in os.environ.items()
            if not name.lower().endswith("_proxy") and not name.startswith(("BRIDGE_", "NODE_", "npm_"))
        }
        if spec.npm:
            watched = ["--require", str(DRIVERS / "watch.js"), str(DRIVERS / "driver.js")]
            command = [self.packages.node, *watched, spec.name]
            own = {"CLIENT_MODULES": str(self.packages.npm_modules), "NODE_EXTRA_CA_CERTS": self.ca_file}
        else:
            command = [sys.executable, str(DRIVERS / "driver.py")]
            older = str(self.packages.older_pydexcom) if spec.version != "0.5.1" else ""
            own = {"CLIENT_MODULES": older, "REQUESTS_CA_BUNDLE": self.ca_file}
        return driven(command, {**environ, **own})
