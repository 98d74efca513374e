"""Fetches the clients, unmodified, once, into the per-user cache: by npm and pip, each checked by its digest.

No script of a package is run. Knows nothing of what clients do.
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
from deadair.provision.limited_command import run

PINS = Path(__file__).parent / "pins"
FETCH_LIMIT_S = 180.0
ASK_LIMIT_S = 20.0
NODE_MAJOR_MIN = 18


@dataclass(frozen=True, slots=True)
class Packages:
    """Where they lie; ``node`` is none where there is no Node, and ``why`` says why."""

    folder: Path
    node: str | None
    why: str = ""

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
    node, why = _node(environ)
    folder = packages_folder(environ, with_npm=node is not None)
    if not folder.exists():
        with build_place(folder.parent, "the clients", show, limit_s=2 * FETCH_LIMIT_S) as made:
            if not folder.exists():
                show("fetching the clients, once")
                (made / "clients").mkdir()
                if node is not None:
                    _fetch_npm(made / "clients/npm", made / "scratch", environ)
                _fetch_python(made / "clients/python", environ)
                (made / "clients").rename(folder)
    return Packages(folder, node, why)


def packages_folder(environ: Mapping[str, str], *, with_npm: bool) -> Path:
    """Return the folder that they lie in, whether or not they do: with other pins it is another."""
    digest = hashlib.sha256()
    for path in sorted(PINS.iterdir()):
        digest.update(path.read_bytes())
    return cache_folder(f"share-clients-{digest.hexdigest()[:12]}", environ) / ("all" if with_npm else "python-only")


def _node(environ: Mapping[str, str]) -> tuple[str | None, str]:
    """Return the machine's Node, or none and why there is none that will do."""
    path = environ.get("PATH", os.defpath)
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if node is None or npm is None:
        return None, f"there is no Node.js with npm on the PATH; install {NODE_MAJOR_MIN} or later"
    version = run([node, "--version"], limit_s=ASK_LIMIT_S, environ=environ).strip()
    major = version.removeprefix("v").partition(".")[0]
    if not major.isdecimal() or int(major) < NODE_MAJOR_MIN:
        return None, f"{node} is of version {version[:20]}; install {NODE_MAJOR_MIN} or later"
    return node, ""


def _fetch_npm(folder: Path, scratch: Path, environ: Mapping[str, str]) -> None:
    folder.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINS / name, folder / name)
    settings = {
        "npm_config_cache": str(scratch / "cache"),
        "npm_config_logs_max": "0",
        "npm_config_update_notifier": "false",
        "npm_config_fetch_retries": "1",
    }
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    run(["npm", "ci", "--prefix", str(folder), *options], limit_s=FETCH_LIMIT_S, environ={**environ, **settings})


def _fetch_python(folder: Path, environ: Mapping[str, str]) -> None:
    options = ("--quiet", "--disable-pip-version-check", "--no-input", "--no-cache-dir", "--no-deps")
    hashed = ("--require-hashes", "--only-binary", ":all:", "--requirement", str(PINS / "requirements.txt"))
    command = [sys.executable, "-m", "pip", "install", *options, *hashed, "--target", str(folder)]
    run(command, limit_s=FETCH_LIMIT_S, environ=environ)
