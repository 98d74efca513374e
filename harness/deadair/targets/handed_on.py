"""What of the caller's shell a target is handed on: the variables that it names, and no others."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from types import MappingProxyType
from urllib.parse import quote, quote_plus

SECRET_LENGTH_MIN = 4
"""Of a shorter one every log is full by chance."""
SAID_BYTES_MAX = 64 * 1024
SHOWN_BYTES_MAX = 200


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

    @property
    def hide(self) -> Callable[[str], str] | None:
        """Return what takes secrets out of texts, for who has very many; none if there is no secret."""
        return self.redacted if self.secrets else None

    def redacted(self, text: str) -> str:
        """Return a text without any secret in it, also where it stands as JSON, programs and URLs write it."""
        forms = {form: name for name, value in self.secrets.items() for form in _forms(value)}
        for form in sorted(forms, key=len, reverse=True):
            text = text.replace(form, f"[{forms[form]}]")
        return text

    def begin_of(self, said: bytes) -> str:
        """Return the beginning of what a service said, as messages show it: cut only once no secret is in it."""
        text = self.redacted(said[:SAID_BYTES_MAX].decode("utf-8", "surrogateescape"))
        return repr(text.encode("utf-8", "surrogateescape")[:SHOWN_BYTES_MAX])

    def sha256(self) -> str:
        """Return what a configuration's hash covers of them: names and values, of secrets the names alone."""
        said = repr((sorted(self.environment.items()), sorted(self.secrets)))
        return hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest()


def _forms(value: str) -> Iterator[str]:
    """Yield how a value is written: by itself, in JSON, in the languages of programs, in a URL, in HTML."""
    yield value
    yield from (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1])
    yield from (repr(value)[1:-1], repr(value.encode("utf-8", "surrogateescape"))[2:-1])
    yield from (quote(value, safe="", errors="surrogateescape"), quote(value, errors="surrogateescape"))
    yield from (quote_plus(value, errors="surrogateescape"), escape(value), escape(value, quote=False))


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
