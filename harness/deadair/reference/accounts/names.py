"""When two names are the same: people and their keyboards write capitals, accents and blanks as they like. Pure."""

from __future__ import annotations

import unicodedata


def name_key(name: str) -> str:
    """Return what all spellings of a name share: it names nobody, and is not shown.

    Capitals, composed and decomposed letters, full-width ones, and blanks around make no difference. This is Unicode's
    own caseless match of compatible texts; files keep these keys, so what it returns may only change with a migration.
    """
    folded = unicodedata.normalize("NFD", name).casefold()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", folded).casefold()).strip()
