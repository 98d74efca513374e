"""The small service in JavaScript by its own compose file: its bug is found, mended it passes, and nothing stays."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from deadair.cli import command
from deadair.judging.format_1 import stored_verdict
from deadair.model.errors import HarnessError
from deadair.model.verdict import Exit
from deadair.runtimes.compose_program import ComposeProgram
from deadair.runtimes.docker_calls import SOCKET
from deadair.runtimes.docker_engine import DockerEngine
from tests.containers.test_reference_docker import made, own_image

pytestmark = pytest.mark.live

TARGETS = Path(__file__).parents[1] / "targets"
PUBLIC = "node:20-slim"
OWN = "localhost/node-of-this-machine"


@pytest.fixture(scope="module")
def node(engine: DockerEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An image with Node: the public one, or where it cannot be had one with this machine's."""
    try:
        ComposeProgram("p", folder=Path("/"), socket=SOCKET).version()
    except HarnessError as error:
        pytest.skip(str(error))
    try:
        if engine.image(PUBLIC) is None:
            engine.pull(PUBLIC)
        yield PUBLIC
        return
    except HarnessError:
        program = shutil.which("node")
    if program is None:
        pytest.skip("no image with Node can be pulled, and there is no node on this machine")
    folder = tmp_path_factory.mktemp("node")
    shutil.copy(program, folder / "node")
    (folder / "Dockerfile").write_text(f"FROM {own_image(engine)}\nCOPY node /usr/local/bin/node\nENTRYPOINT []\n")
    engine.build(folder, folder / "Dockerfile", arguments={}, tag=OWN, note=lambda line: None)
    yield OWN


@pytest.fixture(autouse=True)
def _base_image(node: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASE_IMAGE", node)


@pytest.mark.parametrize(
    ("target", "code", "violated"),
    [("nursery-compose", Exit.VIOLATED, ["no_data_deadline"]), ("nursery-compose-mended", Exit.PASS, [])],
)
def test_a_service_by_its_compose_file_is_judged_as_it_is_as_a_process(
    target: str, code: Exit, violated: list[str], tmp_path: Path, engine: DockerEngine
) -> None:
    before = (TARGETS / "nursery-compose/compose.yaml").read_bytes()
    arguments = ["run", str(TARGETS / "all-cut.yaml"), "--target", target, "--targets", str(TARGETS)]
    assert command([*arguments, "--reports", str(tmp_path)]) == code
    verdict = stored_verdict((tmp_path / "latest/verdict.json").read_bytes())
    assert [finding.rule for finding in verdict.findings if finding.violations] == violated
    assert (verdict.silences.count, verdict.target) == (8, target)
    assert made(engine, tmp_path) == {}
    assert engine.with_label("dangling", "deadair.image=yes") == []
    assert (TARGETS / "nursery-compose/compose.yaml").read_bytes() == before


def test_its_compose_file_knows_nothing_of_the_harness() -> None:
    text = "".join((TARGETS / "nursery-compose" / name).read_text("utf-8") for name in ("compose.yaml", "Dockerfile"))
    assert "dead" not in text.lower()
    names = ("nursery-compose", "nursery-compose-mended")
    bad, good = ((TARGETS / name / "target.yaml").read_text("utf-8") for name in names)
    theirs = good.replace("../nursery-compose/compose.yaml", "compose.yaml").splitlines()[2:]
    assert [line for line in theirs if line not in bad.splitlines()] == ['      CHECK_EVERY_S: "0.2"']
