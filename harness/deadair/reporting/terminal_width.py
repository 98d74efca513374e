"""How wide the terminal is, and text that breaks between words there. What is no terminal has no width.

A word that is wider than the terminal, such as a path or a command, is left whole: it is there to be copied.
"""

from __future__ import annotations

import os
import re
import shutil
import textwrap
from typing import TextIO

LEAST = 20
HELP_MAX = 80
_LEAD = re.compile(r" *(?:\S+ {2,})?")
"""What stands before the text of a line: its indent, and the first column of a table."""


def columns_of(stream: TextIO | None) -> int | None:
    """Return how many columns the terminal beneath a stream has, none if there is no terminal."""
    try:
        if stream is None or not stream.isatty():
            return None
        size = int(os.environ.get("COLUMNS") or 0) or os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError, AttributeError):
        return None
    return max(LEAST, size) if size > 0 else None


def help_columns() -> int:
    """Return how wide help is: as the terminal, 80 at the most, one less so that no line fills it."""
    return max(LEAST, min(HELP_MAX, shutil.get_terminal_size().columns) - 1)


def wrapped(line: str, columns: int | None) -> str:
    """Return a line broken between words, what follows under its first column, or a little under its indent."""
    if columns is None or len(line) <= columns:
        return line
    lead = _LEAD.match(line)
    hang = len(lead[0]) if lead is not None and len(lead[0]) <= columns // 2 else 0
    below = " " * (hang or len(line) - len(line.lstrip()) + 2)
    parts = textwrap.wrap(
        line, columns, subsequent_indent=below, break_long_words=False, break_on_hyphens=False, replace_whitespace=False
    )
    return "\n".join(parts)
