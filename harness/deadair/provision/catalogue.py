"""The one list of what a target may be fetched and built of: a name for each, and where its parts lie then."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deadair.provision.build_place import Say
from deadair.provision.nightscout import NightscoutParts, nightscout_folder, nightscout_parts


@dataclass(frozen=True, slots=True)
class Provision:
    """Something that a target needs, and that no machine has by itself."""

    name: str
    """As target files say it in ``needs``."""
    what: str
    """What it is, for people."""
    provide: Callable[[Say], object]
    """Fetch and build it, if it is not there. Raises HarnessError."""
    parts: Callable[[], Mapping[str, Path]]
    """Where each part of it lies, or will lie: ``{needs.NAME.PART}`` in a target file."""


def _nightscout() -> Mapping[str, Path]:
    parts = NightscoutParts(nightscout_folder(os.environ))
    return {
        "node": parts.node,
        "service": parts.service,
        "database": parts.database,
        "socketio_client": parts.modules / "socket.io-client",
    }


_LISTED = (
    Provision("nightscout", "Nightscout 0.12.8, Node 12 and a stand-in for MongoDB", nightscout_parts, _nightscout),
)
PROVISIONS: dict[str, Provision] = {provision.name: provision for provision in _LISTED}
"""All of them, by name."""
