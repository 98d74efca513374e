"""The configuration is checked before anything starts, and whoever wrote it is told what to write instead."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_type_hints

import pytest

from deadair.reference.running.configuration import ConfigurationError, check_node, configured, rule, service_links
from deadair.reference.running.layout import LAYOUT, address
from deadair.reference.settings import Settings


def refused(data: Path, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigurationError) as raised:
        configured(data, environment or {})
    return str(raised.value)


def test_without_a_word_it_is_that_of_a_service_in_production(tmp_path: Path) -> None:
    assert configured(tmp_path / "nowhere", {"PATH": "/bin"}) == Settings()


def test_a_json_file_is_read(tmp_path: Path) -> None:
    said = {"sockets": {"gateway": 8000}, "defects": ["fifo"], "store_rows_per_s": None, "dead_after_s": 3}
    (tmp_path / "settings.json").write_text(json.dumps(said))
    made = configured(tmp_path, {})
    assert made == Settings(sockets={"gateway": 8000}, defects=("fifo",), dead_after_s=3)


def test_a_toml_file_is_read_and_the_environment_goes_over_it(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('dead_after_s = 90\ncalm_for_s = 5\n[sockets]\ngateway = "0.0.0.0:80"\n')
    environment = {"FOLLOW_DEAD_AFTER_S": "120", "FOLLOW_ROUTES": '{"notifier→push": "push.example:443"}'}
    made = configured(tmp_path, environment)
    assert (made.dead_after_s, made.calm_for_s) == (120, 5)
    assert made.sockets == {"gateway": "0.0.0.0:80"}
    assert made.routes == {"notifier→push": "push.example:443"}


def test_two_files_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{}")
    (tmp_path / "settings.toml").write_text("")
    assert "only one" in refused(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[1]", "\x00", "[" * 100_000, '"dead_after_s"'])
def test_what_is_no_json_object_is_refused_by_its_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.json").write_text(text)
    assert refused(tmp_path).startswith("settings.json: ")


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_bytes(b"\xff\xfe = 1")
    assert refused(tmp_path).startswith("settings.toml: cannot be read")


def test_an_unknown_setting_is_refused_with_the_nearest_there_is(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("dead_after = 90")
    assert refused(tmp_path) == "settings.toml: there is no setting 'dead_after'; the nearest is 'dead_after_s'"
    assert refused(Path("nowhere"), {"FOLLOW_XYZZY": "1"}).startswith("FOLLOW_XYZZY: there is no setting 'xyzzy'; ")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("dead_after_s", "0", "a number above 0, up to 10⁹"),
        ("dead_after_s", "-1", "a number above 0, up to 10⁹"),
        ("dead_after_s", "NaN", "a number above 0, up to 10⁹"),
        ("dead_after_s", "Infinity", "a number above 0, up to 10⁹"),
        ("dead_after_s", "true", "a number above 0, up to 10⁹"),
        ("dead_after_s", '"90"', "a number above 0, up to 10⁹"),
        ("dead_after_s", "1e300", "a number above 0, up to 10⁹"),
        ("store_rows_per_s", "0", "a number above 0, up to 10⁹, or nothing for no limit"),
        ("backfill_rows_max", "1.5", "a whole number from 1 to 10⁹"),
        ("backfill_rows_max", "true", "a whole number from 1 to 10⁹"),
        ("password_memory_kib", "1", "a whole number from 8 to 10⁹"),
        ("incident_blind_share", "1.1", "a number above 0, at most 1"),
        ("defects", '"fifo"', "a list of defects that there are"),
        ("defects", '["fito"]', "a list of defects that there are"),
        ("sockets", "8000", "a table of sockets"),
        ("sockets", '{"gateway": 0}', "a table of sockets"),
        ("sockets", '{"gateway": 65536}', "a table of sockets"),
        ("sockets", '{"gateway": true}', "a table of sockets"),
        ("sockets", '{"gateway": "localhost"}', "a table of sockets"),
        ("sockets", '{"gatway": 8000}', "a table of sockets that there are"),
        ("routes", '{"notifer→push": "push.example:80"}', "a table of links that there are"),
        ("routes", '{"notifier→push": 80}', "a table of links"),
        ("routes", '{"notifier→push": ":80"}', "a table of links"),
        ("routes", '{"notifier→push": "push..example:80"}', "a table of links"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_allowed(name: str, text: str, words: str) -> None:
    said = refused(Path("nowhere"), {f"FOLLOW_{name.upper()}": text})
    assert said.startswith(f"FOLLOW_{name.upper()}: {name} = ")
    assert f"it must be {words}" in said


def test_a_variable_that_is_no_json_is_refused() -> None:
    said = refused(Path("nowhere"), {"FOLLOW_DEAD_AFTER_S": "soon"})
    assert said.startswith("FOLLOW_DEAD_AFTER_S: cannot be read")
    assert said.endswith("; dead_after_s must be a number above 0, up to 10⁹, as in JSON")


def test_a_long_value_is_not_told_whole() -> None:
    assert len(refused(Path("nowhere"), {"FOLLOW_DEAD_AFTER_S": json.dumps("9" * 10_000)})) < 300


@pytest.mark.parametrize(
    "text", ['"too short"', '"with blanks in between"', '["a secret that is no text"]', '"a-secret-of-the-node']
)
def test_a_secret_that_cannot_be_one_is_refused_and_never_shown(text: str) -> None:
    with pytest.raises(ConfigurationError, match="16 to 200 printable ASCII characters") as refused:
        configured(Path("/nowhere"), {"FOLLOW_INNER_SECRET": text})
    assert text.strip('[]"') not in str(refused.value)


def test_a_secret_is_no_part_of_what_is_said_of_the_settings() -> None:
    made = configured(Path("/nowhere"), {"FOLLOW_INNER_SECRET": '"a-secret-of-the-nodes"'})
    assert made.inner_secret == "a-secret-of-the-nodes"
    assert made.inner_secret not in repr(made)


STORE_URL = "postgresql://follow:the-password@db.example:5432/follow"


@pytest.mark.parametrize("text", ['"mysql://follow:the-password@db.example/follow"', "5432", '["the-password"]'])
def test_the_url_of_a_store_that_cannot_be_one_is_refused_and_its_password_never_shown(text: str) -> None:
    said = refused(Path("nowhere"), {"FOLLOW_STORE_URL": text})
    assert 'it must be a text "postgresql://USER:PASSWORD@HOST:PORT/DATABASE", or an empty one' in said
    assert "the-password" not in said


def test_the_url_of_a_store_is_no_part_of_what_is_said_of_the_settings() -> None:
    made = configured(Path("nowhere"), {"FOLLOW_STORE_URL": json.dumps(STORE_URL)})
    assert made.store_url == STORE_URL
    assert "the-password" not in repr(made)


def test_a_store_on_a_server_needs_what_speaks_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deadair.reference.running.configuration.find_spec", lambda name: None)
    assert "pip install 'deadair[postgres]'" in refused(Path("nowhere"), {"FOLLOW_STORE_URL": json.dumps(STORE_URL)})
    assert configured(Path("nowhere"), {}) == Settings()


@pytest.mark.parametrize("name", get_type_hints(Settings))
def test_every_setting_has_a_rule_that_takes_its_default(name: str) -> None:
    allowed, words = rule(name, get_type_hints(Settings)[name])
    default = getattr(Settings(), name)
    assert allowed(list(default) if isinstance(default, tuple) else default)
    assert not allowed(object())
    assert words


@pytest.mark.parametrize("node", LAYOUT)
def test_a_node_without_its_sockets_and_links_does_not_start(node: str) -> None:
    sockets: dict[str, int | str] = dict.fromkeys(LAYOUT[node].sockets, 80)
    with pytest.raises(ConfigurationError, match=f"sockets: the {node} needs an entry '{LAYOUT[node].sockets[0]}'"):
        check_node(Settings(), node)
    if LAYOUT[node].links:
        with pytest.raises(ConfigurationError, match=f"routes: the {node} needs an entry '{LAYOUT[node].links[0]}'"):
            check_node(Settings(sockets=sockets), node)
    check_node(Settings(sockets=sockets, routes=dict.fromkeys(LAYOUT[node].links, "here:1")), node)


@pytest.mark.parametrize(
    ("said", "meant"),
    [(80, ("127.0.0.1", 80)), ("10.0.0.1:80", ("10.0.0.1", 80)), ("a.b:1", ("a.b", 1))],
)
def test_an_address_is_a_port_or_a_host_with_one(said: int | str, meant: tuple[str, int]) -> None:
    assert address(said) == meant


SERVICE_LINKS = {
    "FOLLOW_PORT": "tcp://10.96.0.7:80",
    "FOLLOW_PORT_80_TCP": "tcp://10.96.0.7:80",
    "FOLLOW_PORT_80_TCP_ADDR": "10.96.0.7",
    "FOLLOW_PORT_80_TCP_PORT": "80",
    "FOLLOW_PORT_80_TCP_PROTO": "tcp",
    "FOLLOW_SERVICE_HOST": "10.96.0.7",
    "FOLLOW_SERVICE_PORT": "80",
    "FOLLOW_SERVICE_PORT_HTTP": "80",
    "FOLLOW_UP_SERVICE_HOST": "10.96.0.8",
    "FOLLOW_UP_PORT_443_TCP_ADDR": "10.96.0.8",
}


def test_what_a_platform_says_of_a_service_called_follow_is_no_setting_and_is_named(tmp_path: Path) -> None:
    assert configured(tmp_path, {**SERVICE_LINKS, "FOLLOW_CALM_FOR_S": "7"}) == Settings(calm_for_s=7)
    assert set(service_links({**SERVICE_LINKS, "FOLLOW_CALM_FOR_S": "7", "PATH": "/bin"})) == set(SERVICE_LINKS)


@pytest.mark.parametrize("variable", ["FOLLOW_PORTS", "FOLLOW_SERVICE", "FOLLOW_PORT_80", "FOLLOW_PASSWORD_PORT_X"])
def test_a_slip_that_only_looks_like_it_is_refused(tmp_path: Path, variable: str) -> None:
    assert refused(tmp_path, {variable: "80"}).startswith(f"{variable}: ")


def test_no_setting_can_be_taken_for_it() -> None:
    assert service_links({f"FOLLOW_{name.upper()}": "1" for name in get_type_hints(Settings)}) == ()
