"""The one list of adapters, and how one is found by the word that a target file says: a name, or a class of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deadair.documents.error_text import nearest
from deadair.model.errors import ScenarioError
from deadair.model.excerpt import excerpt
from deadair.targets.adapters.adapter import Adapter
from deadair.targets.adapters.guarded import GuardedAdapter
from deadair.targets.adapters.http import HttpAdapter
from deadair.targets.adapters.http_section import HttpSection
from deadair.targets.adapters.nightscout import NightscoutApi
from deadair.targets.adapters.own_class import installed, installed_names, is_own, made
from deadair.targets.adapters.share import ReadBy, ShareApi

GROUP = "deadair.adapters"
"""The group of entry points by which installed packages offer adapters."""


@dataclass(frozen=True, slots=True)
class AdapterSections:
    """What a target file says for its adapter. ``values``: what its texts may name, with what is put in."""

    folder: Path
    values: Mapping[str, str]
    http: HttpSection | None = None
    share_read_by: ReadBy = "publisher"
    hide: Callable[[str], str] = str
    """Takes out of what an adapter says what nobody else may see."""


def _http(said: AdapterSections) -> Adapter:
    if said.http is None:
        raise ScenarioError("the adapter `http` needs a section `http`: it says how devices upload and phones poll")
    return HttpAdapter(said.http, said.values)


ADAPTERS: Mapping[str, Callable[[AdapterSections], Adapter]] = {
    "share": lambda said: ShareApi(said.share_read_by),
    "http": _http,
    "nightscout": lambda said: NightscoutApi(),
}
"""Those of the harness, by name."""


def adapter_of(name: str, said: AdapterSections) -> GuardedAdapter:
    """Return an adapter, behind its guard. Raises ScenarioError if there is none, AdapterError if it is not fit."""
    if name in ADAPTERS:
        return GuardedAdapter(ADAPTERS[name](said), name, said.hide)
    found = made(name, said.folder) if is_own(name) else installed(GROUP, name)
    if found is None:
        known = (*ADAPTERS, *installed_names(GROUP))
        own = " (a class of your own is written `./file.py:Name`)"
        raise ScenarioError(f"there is no adapter {excerpt(name)}{own}{nearest(name, known)}")
    return GuardedAdapter(found, name, said.hide)
