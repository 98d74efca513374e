"""Which names one container can stand in for, and that an echo passes through all of them."""

from __future__ import annotations

import pytest

from deadair.model.environment import Address
from deadair.model.errors import HarnessError
from deadair.runtimes.forwarders import ECHO_PORT, forwarder_plans, groups
from deadair.runtimes.runtime import Detour

PROXY = Address(host="172.18.0.1", port=20_001)
ECHO = Address(host="172.18.0.1", port=20_009)
DB = Detour("web→db", "db", 5432, PROXY)
CACHE = Detour("web→cache", "cache", 6379, PROXY)
OTHER_DB = Detour("web→old", "old-db", 5432, PROXY)


def test_one_container_stands_in_for_all_that_are_dialled_at_different_ports() -> None:
    assert groups([DB, CACHE]) == ((DB, CACHE),)
    assert groups([DB, OTHER_DB, CACHE]) == ((DB, CACHE), (OTHER_DB,))
    assert groups([]) == ((),), "the way to this machine is tried out even where no name is needed"


def test_two_links_by_one_name_cannot_be_cut_apart_and_are_refused() -> None:
    with pytest.raises(HarnessError, match=r"web→db and job→db are both dialled as db:5432.*\(\{route\.…\}\)"):
        groups([DB, Detour("job→db", "db", 5432, PROXY)])


def test_a_forwarder_has_the_names_it_stands_in_for_and_leads_to_their_proxies() -> None:
    ((plan, proxies),) = forwarder_plans(groups([DB, CACHE]), image="i", prefix="deadair-1", network="n", echo=ECHO)
    assert (plan.image, plan.network, list(plan.aliases)) == ("i", "n", ["deadair-1-forwarder-0", "db", "cache"])
    assert dict(plan.published) == {ECHO_PORT: None}
    ways = {proxy["listen"]: proxy["upstream"] for proxy in proxies}
    assert ways == {
        "0.0.0.0:65000": "172.18.0.1:20009",
        "0.0.0.0:5432": "172.18.0.1:20001",
        "0.0.0.0:6379": "172.18.0.1:20001",
    }


def test_an_echo_passes_through_each_of_several_and_out_of_the_last() -> None:
    first, second = forwarder_plans(groups([DB, OTHER_DB]), image="i", prefix="p", network="n", echo=ECHO)
    assert first[1][0]["upstream"] == "p-forwarder-1:65000"
    assert second[1][0]["upstream"] == "172.18.0.1:20009"
    assert dict(second[0].published) == {}, "only the first is entered from outside"
