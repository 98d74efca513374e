"""A process that answers is alive; one that can do its work is ready."""

from __future__ import annotations

import pytest

from deadair.reference.running.layout import LAYOUT
from deadair.reference.settings import Settings
from deadair.reference.wiring import NODES
from tests.reference.asgi import ask
from tests.reference.fake_env import FakeEnv


@pytest.mark.parametrize("node", LAYOUT)
def test_every_node_says_that_it_lives_and_that_it_is_ready(env: FakeEnv, node: str) -> None:
    app = NODES[node](env, Settings()).apps[LAYOUT[node].sockets[-1]]
    assert ask(app, "GET", "/livez").json() == {"node": node, "alive": True}
    assert ask(app, "GET", "/readyz").json() == {"node": node, "ready": True}


@pytest.mark.parametrize("node", LAYOUT)
def test_a_node_in_trouble_lives_and_is_not_ready(env: FakeEnv, node: str) -> None:
    app = NODES[node](env, Settings()).apps[LAYOUT[node].sockets[-1]]
    env.why_not_ready = "the database cannot be read"
    assert ask(app, "GET", "/livez").status_code == 200
    answer = ask(app, "GET", "/readyz")
    assert (answer.status_code, answer.json()["why"]) == (503, "the database cannot be read")


def test_strangers_reach_no_probe(env: FakeEnv) -> None:
    for name, node in (("gateway", "gateway"), ("status", "sentinel")):
        app = NODES[node](env, Settings()).apps[name]
        assert [ask(app, "GET", path).status_code for path in ("/livez", "/readyz")] == [404, 404]
