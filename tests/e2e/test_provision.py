"""How a toxiproxy-server is found or built, with commands that only pretend."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deadair.model.clock import Deadline, pause
from deadair.model.errors import HarnessError
from deadair.provision import limited_command
from deadair.provision.doctor import Check, examine
from deadair.provision.limited_command import CommandFailed, run
from deadair.provision.toxiproxy import cache, toxiproxy_server

SERVER = '#!/bin/sh\necho "toxiproxy-server version {version}"\n'
GO = """#!/bin/sh
# Pretends to be Go: builds a server slowly, and counts how often it was asked to.
echo "$@" >> "{count}"
sleep 0.3
printf '#!/bin/sh\\necho "toxiproxy-server version {version}"\\n' > "$GOBIN/server"
chmod +x "$GOBIN/server"
"""


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """A machine with a shell, an empty cache, and no package index to ask."""
    (tmp_path / "bin").mkdir()
    return {
        "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin",
        "HOME": str(tmp_path / "home"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": os.devnull,
    }


def with_go(tmp_path: Path, version: str = "2.12.0") -> Path:
    count = tmp_path / "count"
    executable(tmp_path / "bin/go", GO.format(count=count, version=version))
    return count


def without_venvs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Spare a test the seconds that a real virtual environment takes to make."""
    monkeypatch.setattr(
        sys, "executable", str(executable(tmp_path / "bin/python-that-fails", "#!/bin/sh\necho no venv\nexit 1\n"))
    )


def test_the_named_server_comes_first(tmp_path: Path, machine: dict[str, str]) -> None:
    executable(tmp_path / "bin/toxiproxy-server", SERVER.format(version="2.12.0"))
    named = executable(tmp_path / "mine", SERVER.format(version="git"))
    assert toxiproxy_server(print, {**machine, "DEADAIR_TOXIPROXY": str(named)}) == named


@pytest.mark.parametrize("text", [None, "#!/bin/sh\nexit 3\n", "#!/bin/sh\necho something else\n"])
def test_a_named_server_that_is_none_is_an_error_not_passed_over(
    tmp_path: Path, machine: dict[str, str], text: str | None
) -> None:
    named = tmp_path / "mine"
    if text is not None:
        executable(named, text)
    with pytest.raises(HarnessError, match=r"DEADAIR_TOXIPROXY is .*Correct it, or unset it"):
        toxiproxy_server(print, {**machine, "DEADAIR_TOXIPROXY": str(named)})


def test_one_may_be_named_from_where_one_stands(
    tmp_path: Path, machine: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    named = executable(tmp_path / "bin/mine", SERVER.format(version="git"))
    monkeypatch.chdir(tmp_path)
    assert toxiproxy_server(print, {**machine, "DEADAIR_TOXIPROXY": "bin/mine"}) == named


def test_what_lies_where_the_caller_stands_is_nothing_to_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "venv.py").write_text("print('the venv of somebody else')", "utf-8")
    monkeypatch.chdir(tmp_path)
    said = run([sys.executable, "-m", "venv", "--help"], limit_s=30, environ={"PATH": "/usr/bin:/bin"})
    assert "somebody else" not in said


def test_one_on_the_path_is_taken_if_it_is_the_right_version(tmp_path: Path, machine: dict[str, str]) -> None:
    found = executable(tmp_path / "bin/toxiproxy-server", SERVER.format(version="2.12.0"))
    assert toxiproxy_server(print, machine) == found


@pytest.mark.parametrize("version", ["git", "2.9.0", "2.13.0"])
def test_one_on_the_path_of_another_version_is_passed_over(
    tmp_path: Path, machine: dict[str, str], version: str
) -> None:
    executable(tmp_path / "bin/toxiproxy-server", SERVER.format(version=version))
    with_go(tmp_path)
    assert toxiproxy_server(print, machine) == cache(machine)


def test_it_is_built_once_and_then_found_in_the_cache(tmp_path: Path, machine: dict[str, str]) -> None:
    count = with_go(tmp_path)
    shown: list[str] = []
    first = toxiproxy_server(shown.append, machine)
    assert first == cache(machine)
    assert toxiproxy_server(shown.append, machine) == first
    assert len(count.read_text().splitlines()) == 1
    assert "cmd/server@v2.12.0" in count.read_text()
    assert [line.split()[0] for line in shown] == ["building", "toxiproxy-server"]
    assert sorted(path.name for path in first.parent.iterdir()) == ["toxiproxy-server"]


GO_THAT_LITTERS = """#!/bin/sh
# Pretends to be Go: writes where Go writes, and makes its modules read-only as Go does.
for folder in "${GOPATH:-$HOME/go}" "${GOMODCACHE:-$HOME/go/pkg/mod}" "${GOCACHE:-$XDG_CACHE_HOME/go-build}" \\
  "${XDG_CONFIG_HOME:-$HOME/.config}/go/telemetry" "${GOTMPDIR:-/nowhere}"; do
  mkdir -p "$folder/read-only" && echo module > "$folder/read-only/file" && chmod 555 "$folder/read-only"
done
[ "$GOENV" = "$HOME/.config/go/env" ] || exit 9
{end}
"""
BUILDS = GO.partition("sleep 0.3\n")[2]


def leftovers(tmp_path: Path) -> list[str]:
    """Name every file below the home and the cache."""
    return sorted(
        str(path.relative_to(tmp_path)) for name in ("home", "cache") for path in (tmp_path / name).rglob("*")
        if not path.is_dir()
    )  # fmt: skip


def test_building_leaves_the_server_and_nothing_else(tmp_path: Path, machine: dict[str, str]) -> None:
    text = GO_THAT_LITTERS.replace("{end}", BUILDS.format(version="2.12.0"))
    executable(tmp_path / "bin/go", text)
    server = toxiproxy_server(print, machine)
    assert leftovers(tmp_path) == [str(server.relative_to(tmp_path))]
    assert [path.name for path in server.parent.iterdir()] == ["toxiproxy-server"]


def test_a_build_that_fails_leaves_nothing(
    tmp_path: Path, machine: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    executable(tmp_path / "bin/go", GO_THAT_LITTERS.replace("{end}", "exit 1"))
    without_venvs(monkeypatch, tmp_path)
    with pytest.raises(HarnessError, match="go ended with 1"):
        toxiproxy_server(print, machine)
    assert leftovers(tmp_path) == []
    assert list(cache(machine).parent.iterdir()) == []


def test_a_build_that_is_interrupted_leaves_nothing(tmp_path: Path, machine: dict[str, str]) -> None:
    begun = tmp_path / "begun"
    executable(tmp_path / "bin/go", GO_THAT_LITTERS.replace("{end}", f"touch {begun}; sleep 60"))
    script = "from deadair.provision.toxiproxy import toxiproxy_server as t; t(lambda line: None)"
    process = subprocess.Popen(
        [sys.executable, "-c", script], env={**machine, "PYTHONPATH": os.pathsep.join(sys.path)}, stderr=subprocess.PIPE
    )
    limit = Deadline.after(30)
    while not begun.exists() and not limit.passed():
        pause(0.01)
    process.send_signal(signal.SIGINT)
    assert b"KeyboardInterrupt" in process.communicate(timeout=30)[1]
    assert leftovers(tmp_path) == []
    assert list(cache(machine).parent.iterdir()) == []


def test_what_a_killed_build_left_goes_with_the_next_one(tmp_path: Path, machine: dict[str, str]) -> None:
    with_go(tmp_path)
    left = cache(machine).parent / "building-of-a-dead-run/modules/read-only"
    left.mkdir(parents=True)
    (left / "file").write_text("module")
    left.chmod(0o555)
    server = toxiproxy_server(print, machine)
    assert [path.name for path in server.parent.iterdir()] == ["toxiproxy-server"]


def test_a_damaged_cache_is_built_anew(tmp_path: Path, machine: dict[str, str]) -> None:
    with_go(tmp_path)
    executable(cache(machine), "\x7fELF half a file")
    assert run([str(toxiproxy_server(print, machine)), "-version"], limit_s=5, environ=machine).startswith("toxiproxy")


def test_two_at_once_build_once(tmp_path: Path, machine: dict[str, str]) -> None:
    count = with_go(tmp_path)
    script = "from deadair.provision.toxiproxy import toxiproxy_server as t; print(t(lambda line: None))"
    command = [sys.executable, "-c", script]
    both = [
        subprocess.Popen(command, env=machine, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
        for _ in range(2)
    ]
    said = [process.communicate(timeout=30)[0].strip() for process in both]
    assert said == [str(cache(machine))] * 2
    assert len(count.read_text().splitlines()) == 1


def test_a_build_of_the_wrong_version_is_not_kept(
    tmp_path: Path, machine: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_go(tmp_path, version="git")
    without_venvs(monkeypatch, tmp_path)
    with pytest.raises(HarnessError, match=r"calls itself git, not 2\.12\.0"):
        toxiproxy_server(print, machine)
    assert not cache(machine).exists()


def test_with_no_way_at_all_it_names_all_it_tried(
    tmp_path: Path, machine: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    without_venvs(monkeypatch, tmp_path)
    with pytest.raises(HarnessError) as caught:
        toxiproxy_server(print, {**machine, "PATH": str(tmp_path / "bin")})
    text = str(caught.value)
    for tried in ("PATH: no toxiproxy-server", "cache: nothing at", "Go: no go on the PATH", "saying: no venv"):
        assert tried in text
    assert "Install Go, or set DEADAIR_TOXIPROXY" in text


def test_a_package_index_that_cannot_be_reached_is_one_of_the_reasons(tmp_path: Path, machine: dict[str, str]) -> None:
    with pytest.raises(HarnessError, match=r"pip|python ended with"):
        toxiproxy_server(print, {**machine, "PATH": str(tmp_path / "bin")})


def test_a_cache_that_cannot_be_made_is_told(tmp_path: Path, machine: dict[str, str]) -> None:
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(HarnessError, match="the cache cannot be used"):
        toxiproxy_server(print, machine)


def test_a_command_past_its_limit_is_killed_with_all_it_started() -> None:
    limit = Deadline.after(5)
    with pytest.raises(CommandFailed, match=r"had not ended after 0.3 s"):
        run(["/bin/sh", "-c", "sleep 30 & sleep 30"], limit_s=0.3, environ=os.environ)
    assert not limit.passed()


def test_a_command_that_prints_without_an_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited_command, "PRINTED_BYTES_MAX", 3 * 1024 * 1024)
    with pytest.raises(CommandFailed, match=r"/bin/sh printed more than 3 MB"):
        run(["/bin/sh", "-c", "yes & yes >&2"], limit_s=20, environ=os.environ)


@pytest.mark.parametrize("apart", [True, False])
def test_a_command_is_given_its_input_and_need_not_read_it(apart: bool) -> None:
    given = "line\n" * 100_000
    command = ["/bin/sh", "-c", "wc -c; echo beside >&2"]
    said = run(command, limit_s=20, environ=os.environ, given=given, apart=apart)
    assert said == ("500000\n" if apart else "500000\nbeside\n")
    assert run(["/bin/sh", "-c", "exec 0<&-; echo done"], limit_s=20, environ=os.environ, given=given) == "done\n"


def test_a_command_says_nothing_that_is_hidden() -> None:
    def hide(text: str) -> str:
        return text.replace("secret", "[KEY]")

    for command, sentence in (
        (["/bin/sh", "-c", f"echo {'x' * 195}secret; exit 3"], r"saying: x{195}\[KEY\]?"),
        (["/nowhere/secret"], r"^/nowhere/\[KEY\] could not be started \(.*'/nowhere/\[KEY\]'\)$"),
    ):
        with pytest.raises(CommandFailed, match=sentence) as caught:
            run(command, limit_s=20, environ=os.environ, hide=hide)
        assert "secr" not in str(caught.value)


def test_the_doctor_names_each_need_once(tmp_path: Path, machine: dict[str, str]) -> None:
    checks = examine(tmp_path / "reports", machine)
    needs = [check.need for check in checks]
    assert needs == list(dict.fromkeys(needs))
    assert len(needs) == 14
    states = {check.need: check.state for check in checks}
    assert states["toxiproxy-server 2.12.0"] == "will be made"
    assert states["a reports folder"] == "there"
    assert all(check.way for check in checks if check.state == "missing")


def test_the_doctor_says_when_reports_cannot_be_written(tmp_path: Path, machine: dict[str, str]) -> None:
    (tmp_path / "reports").write_text("in the way")
    checks = {check.need: check for check in examine(tmp_path / "reports", machine)}
    assert checks["a reports folder"].state == "missing"
    assert "--reports" in checks["a reports folder"].way


def toxiproxy_check(environ: dict[str, str]) -> Check:
    return next(check for check in examine(Path(environ["HOME"]), environ) if check.need.startswith("toxiproxy"))


def test_the_doctor_knows_that_a_damaged_cache_is_built_anew(machine: dict[str, str]) -> None:
    executable(cache(machine), "#!/bin/sh\nexit 1\n")
    assert toxiproxy_check(machine).state == "will be made"
    executable(cache(machine), SERVER.format(version="2.12.0"))
    assert toxiproxy_check(machine).state == "there"


def test_the_doctor_says_when_the_server_that_is_named_is_none(machine: dict[str, str]) -> None:
    executable(cache(machine), SERVER.format(version="2.12.0"))
    check = toxiproxy_check({**machine, "DEADAIR_TOXIPROXY": "/nope"})
    assert check.state == "missing"
    assert "DEADAIR_TOXIPROXY is /nope, but" in check.found
