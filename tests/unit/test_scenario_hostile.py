"""Files that nobody means well with: what is no file, what is too much, and what would speak to the terminal itself."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from deadair.cli import command
from deadair.documents import yaml_document
from deadair.documents.document_file import BYTES_MAX
from deadair.documents.yaml_document import LINE_MAX, LINES_MAX, Items, Pairs, Text, YamlNode
from deadair.documents.yaml_document import read as read_document
from deadair.model.errors import ScenarioError
from deadair.model.excerpt import excerpt, printable
from deadair.model.verdict import Exit
from deadair.scenario.load import load
from tests.unit.scenario_texts import PLAIN, changed, read, refusal


def refused(path: Path) -> str:
    with pytest.raises(ScenarioError) as caught:
        load(path)
    return str(caught.value)


# --- what is no file -----------------------------------------------------------------------------------------------


def pipe(path: Path) -> None:
    os.mkfifo(path)


def bound(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        here = Path.cwd()
        os.chdir(path.parent)  # the name of a socket must be short
        try:
            one.bind(path.name)
        finally:
            os.chdir(here)


def loop(path: Path) -> None:
    path.symlink_to(path.with_name("other"))
    path.with_name("other").symlink_to(path)


NO_FILES: list[tuple[Callable[[Path], None], str]] = [
    (pipe, "this is a pipe; save what comes out of it in a file, and name that"),
    (bound, "this is a socket; name a scenario file"),
    (loop, "it cannot be read (Too many levels of symbolic links); check the path"),
    (Path.mkdir, "this is a folder; name the scenario files in it"),
    (lambda path: path.symlink_to("/dev/zero"), "this is a device; name a scenario file"),
    (lambda path: path.symlink_to("/dev/null"), "this is a device; name a scenario file"),
]


@pytest.mark.parametrize(("make", "what"), NO_FILES)
def test_what_is_no_regular_file_is_refused_before_it_is_opened(
    tmp_path: Path, make: Callable[[Path], None], what: str
) -> None:
    path = tmp_path / "s.yaml"
    make(path)
    assert refused(path) == f"{path}:1:1: file: {what}"


def test_the_command_line_does_not_wait_for_a_pipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipe(path := tmp_path / "s.yaml")
    assert command(["run", str(path), "--reports", str(tmp_path)]) == Exit.USAGE
    assert "this is a pipe" in capsys.readouterr().err
    assert command(["run", str(tmp_path), "--reports", str(tmp_path)]) == Exit.USAGE


def test_a_file_that_is_too_long_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    with path.open("wb") as sparse:
        sparse.truncate(1 << 40)

    assert refused(path) == f"{path}:1:1: file: larger than {BYTES_MAX} bytes: no scenario is that long; split it"


@pytest.mark.parametrize("change", [b"# more\n", b""])
def test_a_file_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: bytes
) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(PLAIN, encoding="utf-8")
    genuine = os.fdopen

    class Slow:
        def __init__(self, descriptor: int, mode: str) -> None:
            self.stream = genuine(descriptor, mode)

        def __enter__(self) -> Slow:
            return self

        def __exit__(self, *_: object) -> None:
            self.stream.close()

        def fileno(self) -> int:
            return self.stream.fileno()

        def read(self, size: int) -> bytes:
            data: bytes = self.stream.read(size)
            path.write_bytes(data + change if change else data[:-1] + b" ")
            os.utime(path, ns=(0, 0))
            return data

    monkeypatch.setattr(os, "fdopen", Slow)
    assert refused(path).endswith("file: it changed while it was read; let it be written first, and run again")


def test_a_byte_order_mark_and_other_line_ends_are_taken_and_other_encodings_are_not(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    for text in ("\ufeff" + PLAIN, PLAIN.replace("\n", "\r\n"), PLAIN.replace("\n", "\r")):
        path.write_bytes(text.encode())
        assert load(path) == read(PLAIN)
    for encoding in ("utf-16", "utf-32", "latin-1"):
        path.write_bytes(changed("The smallest", "Thé smallest").encode(encoding))
        assert refused(path)


# --- what is too much ----------------------------------------------------------------------------------------------

TOO_MUCH = [
    ("!" * 1_000_000, "a line of more than 100,000 characters: wrap it"),
    ("[" * 90_000, "nested more than 12 deep: no scenario is"),
    ("{a: " * 20_000, "nested more than 12 deep: no scenario is"),
    ("- " * 40_000, "nested more than 12 deep: no scenario is"),
    ("? " * 40_000, "nested more than 12 deep: no scenario is"),
    ("a: &a [x]\nb: *a\n", "anchors (&) and aliases (*) are not taken; write the value out"),
    ("%a\n" * 300_000, "more than 20,000 lines: no scenario is that long; split it"),
    (
        "a: [" + "\n".join("b," * 40 for _ in range(600)) + "]",
        "more than 20000 values: no scenario is that long; split it",
    ),
]


@pytest.mark.parametrize(("text", "what"), TOO_MUCH)
def test_what_is_too_much_is_refused_in_one_line(text: str, what: str) -> None:
    (line,) = refusal(text)
    assert line.endswith(f": file: {what}")


def test_the_longest_line_and_the_most_lines_are_still_read() -> None:
    assert read(PLAIN + "#" * LINE_MAX) == read(PLAIN)
    assert read(PLAIN + "\n" * (LINES_MAX - PLAIN.count("\n"))) == read(PLAIN)
    assert refusal(PLAIN + "#" * (LINE_MAX + 1)) and refusal(PLAIN + "\n" * LINES_MAX)


class Counted(str):
    """A key that counts how often any of its kind is compared."""

    compared = 0
    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return str.__eq__(self, other) is True

    def __hash__(self) -> int:
        return str.__hash__(self)


def counted(node: YamlNode) -> YamlNode:
    """Return a tree whose texts count their comparisons."""
    if isinstance(node, Text):
        return Text(node.mark, Counted(node.text), node.plain)
    if isinstance(node, Items):
        return Items(node.mark, tuple(counted(item) for item in node.items))
    pairs = ((Text(key.mark, Counted(key.text), key.plain), counted(value)) for key, value in node.pairs)
    return Pairs(node.mark, tuple(pairs))


MANY = [
    lambda n: PLAIN + "".join(f"k{i}: 1\n" for i in range(n)),
    lambda n: PLAIN + "k: 1\n" * n,
    lambda n: changed("kind: partition", "kind: partition, " + ", ".join(f"k{i}: 1" for i in range(n))),
    lambda n: changed(
        "{name: reference}", "{name: reference, capacity: {" + ", ".join(f"k{i}: 1" for i in range(n)) + "}}"
    ),
    lambda n: changed("south: 50%", "south: 50%, " + ", ".join(f"K{i}: x" for i in range(n))),
    lambda n: changed("checks:", "  - {at: 0m}\n" * n + "checks:"),
]


@pytest.mark.parametrize("made", MANY)
def test_twice_as_many_keys_take_twice_the_work(made: Callable[[int], str], monkeypatch: pytest.MonkeyPatch) -> None:
    def work(number: int) -> int:
        monkeypatch.setattr(yaml_document, "read", lambda text, noun: counted(read_document(text, noun)))
        Counted.compared = 0
        assert len(refusal(made(number))) == 21
        return Counted.compared

    few, many = work(300), work(600)
    assert many <= 2 * few + 200, (few, many)
    assert many < 600 * 60


# --- what would speak to the terminal ------------------------------------------------------------------------------

SPOKEN = ["\x1b[2J", "\x1b]0;owned\x07", "\r", "\u202e", "\x9b2J", "\u2028", "\x00"]


@pytest.mark.parametrize("spoken", SPOKEN)
def test_nothing_in_a_file_or_its_name_reaches_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoken: str
) -> None:
    escaped = "".join(f"\\U{ord(each):08x}" for each in spoken)
    for old, new in (
        ("seed: 1", f'"{escaped}": 1'),
        ("name: plain", f'name: "{escaped}"'),
        ("name: reference", f'name: "{escaped}"'),
        ("kind: partition", f'kind: "{escaped}"'),
        ("lasts: 30m", f'lasts: "{escaped}"'),
        ('"uplink[south]"', f'"{escaped}"'),
        ("south: 50%", f'"{escaped}": 50%'),
        ("kind: no_data_deadline", f'kind: no_data_deadline, alert_paths: ["{escaped}"]'),
    ):
        path = tmp_path / "s.yaml"
        path.write_text(changed(old, new), encoding="utf-8")
        assert command(["run", str(path), "--reports", str(tmp_path)]) == Exit.USAGE
        assert spoken not in capsys.readouterr().err
    if spoken != "\x00":
        named = tmp_path / f"a{spoken}.yaml"
        named.write_text("x: 1", encoding="utf-8")
        assert command(["run", str(named), "--reports", str(tmp_path)]) == Exit.USAGE
        assert spoken not in capsys.readouterr().err


def test_what_somebody_wrote_is_shown_by_what_it_is() -> None:
    shown = [excerpt(each) for each in (None, 5, 0.5, "5", [5], (5,), {"a": 5}, "\x1b", "x" * 61)]
    assert shown == ["nothing", "5", "0.5", "'5'", "a list", "a list", "a mapping", "'\\x1b'", f"'{'x' * 57}…'"]
    assert printable("a\x1b[2Jé→") == "a\\x1b[2Jé→"


def test_every_defect_there_is_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["run", "smoke/kill", "--defect", "zzzzzz", "--dry-run"]) == Exit.USAGE
    said = capsys.readouterr().err
    assert "…" not in said and said.rstrip().endswith("`watchdog-in-processor`")
