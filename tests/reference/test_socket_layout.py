"""What the layout says of the nodes is what they are, and what the harness knows of them."""

from __future__ import annotations

import pytest

from deadair.reference.running.layout import LAYOUT, PUSH, leads_to
from deadair.reference.settings import Settings
from deadair.reference.wiring import NODES
from deadair.targets.reference import Reference
from tests.reference.fake_env import FakeEnv


def test_every_node_is_laid_out() -> None:
    assert set(LAYOUT) == set(NODES) == set(Reference.nodes)


@pytest.mark.parametrize("node", LAYOUT)
def test_a_node_has_the_sockets_that_are_laid_out(env: FakeEnv, node: str) -> None:
    assert set(NODES[node](env, Settings()).apps) == set(LAYOUT[node].sockets)
    assert node in LAYOUT[node].sockets


def test_the_links_are_those_that_the_harness_can_cut() -> None:
    links = [link for place in LAYOUT.values() for link in place.links]
    assert set(links) == {link.name for link in Reference.links if not link.outer}
    sockets = {socket for place in LAYOUT.values() for socket in place.sockets}
    assert {leads_to(link) for link in links} <= sockets | {PUSH}
    assert all(link.startswith(f"{node}→") for node, place in LAYOUT.items() for link in place.links)
