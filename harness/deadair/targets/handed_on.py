"""What of the caller's shell a target is handed on: the variables that it names, and no others."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

SECRET_LENGTH_MIN = 4
"""Of a shorter one every log is full by chance."""


@dataclass(frozen=True, slots=True)
class HandedOn:
    """The variables that are there. ``missing``: a sentence for each that is not, or cannot be taken."""

    environment: Mapping[str, str]
    secrets: Mapping[str, str]
    missing: tuple[str, ...] = ()

    @property
    def variables(self) -> dict[str, str]:
        """Return all of them."""
        return {**self.environment, **self.secrets}

    def redacted(self, text: str) -> str:
        """Return a text without any secret in it."""
        for name, value in sorted(self.secrets.items(), key=lambda pair: -len(pair[1])):
            text = text.replace(value, f"[{name}]")
        return text

    def sha256(self) -> str:
        """Return what a configuration's hash covers of them: names and values, of secrets the names alone."""
        said = repr((sorted(self.environment.items()), sorted(self.secrets)))
        return hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest()


NOTHING = HandedOn({}, {})
"""What a target gets that names no variable."""


def handed_on(
    target: str,
    environment: Sequence[str],
    secrets: Sequence[str],
    caller: Mapping[str, str] = os.environ,
    *,
    defaults: Mapping[str, str] = MappingProxyType({}),
) -> HandedOn:
    """Take from the caller's variables those that a target names. ``defaults``: for those that are not set."""
    caller = {**defaults, **caller}
    return HandedOn(
        {name: caller[name] for name in environment if name in caller},
        {name: caller[name] for name in secrets if len(caller.get(name, "")) >= SECRET_LENGTH_MIN},
        tuple(_missing(target, environment, secrets, caller)),
    )


def _missing(
    target: str, environment: Sequence[str], secrets: Sequence[str], caller: Mapping[str, str]
) -> Iterator[str]:
    for name in (*environment, *secrets):
        if name not in caller:
            yield f"the variable {name} is not set, and the target {target} is to be handed it: set it, and run again"
    for name in secrets:
        if name in caller and len(caller[name]) < SECRET_LENGTH_MIN:
            yield f"the secret {name} is shorter than {SECRET_LENGTH_MIN} characters: no log could be kept free of it"
