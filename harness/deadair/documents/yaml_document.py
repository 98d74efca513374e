"""YAML text to a tree that knows where each word stands.

Reads the parser's events, so nothing is ever guessed: a scalar is its text, and whether it was quoted.
Refuses what nobody needs and YAML is misused for: anchors and aliases, tags, directives, several
documents, deep nesting, very many values. Knows YAML, and of what it reads only what one is called: its noun.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)

DEPTH_MAX = 12
VALUES_MAX = 20_000
LINES_MAX = 20_000
LINE_MAX = 100_000
"""Characters of a line. The parser looks at some words again and again: a longer one would take it minutes."""
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_ENDS = ("SequenceEndEvent", "MappingEndEvent")
_LEADING_TAB = re.compile(r"^ *\t", re.MULTILINE)
_BARE_COHORT = re.compile(r"where:\s*[\w→>-]+\[")


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the text; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar. ``plain`` if it had no quotes."""

    mark: Mark
    text: str
    plain: bool


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    mark: Mark
    items: tuple[YamlNode, ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A mapping, with every key it has, also those said twice."""

    mark: Mark
    pairs: tuple[tuple[Text, YamlNode], ...]


YamlNode = Text | Items | Pairs


class DocumentError(Exception):
    """The text is not the YAML we take. Says where and what to do."""

    def __init__(self, mark: Mark, what: str) -> None:
        super().__init__(what)
        self.mark = mark
        self.what = what


def read(text: str, noun: str = "scenario") -> YamlNode:
    """Return the one document in ``text``. Raises DocumentError. ``noun``: what such a document is called."""
    _refuse_long_lines(text, noun)
    _refuse_characters(text)
    try:
        events = _counted(YAML(typ="safe", pure=True).parse(io.StringIO(text)), noun)
        return _document(events, noun)
    except MarkedYAMLError as error:
        raise _syntax_error(error, text) from None
    except (YAMLError, ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
        # The parser has slips of its own on hostile text; whatever they are, the text is no document.
        raise DocumentError(Mark(1, 1), f"this is not YAML ({type(error).__name__} in the parser)") from None


def root_keys(text: str, noun: str = "scenario") -> Iterator[str]:
    """Yield the keys at the top level of the first document, as far as ``text`` is YAML. Raises DocumentError.

    Takes also what ``read`` refuses for its strictness, so that a file is known for what it wants to be.
    """
    depth, is_key = 0, True
    _refuse_long_lines(text, noun)
    try:
        for event in _counted(YAML(typ="safe", pure=True).parse(io.StringIO(text)), noun):
            if isinstance(event, MappingStartEvent | SequenceStartEvent):
                if depth == 0 and isinstance(event, SequenceStartEvent):
                    return
                is_key = depth == 0 or (not is_key if depth == 1 else is_key)
                depth += 1
            elif type(event).__name__ in _ENDS:
                depth -= 1
                if depth == 0:
                    return
            elif depth == 1:
                if is_key and isinstance(event, ScalarEvent):
                    yield event.value
                is_key = not is_key
    except MarkedYAMLError as error:
        raise _syntax_error(error, text) from None
    except (YAMLError, ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
        raise DocumentError(Mark(1, 1), f"this is not YAML ({type(error).__name__} in the parser)") from None


def _refuse_long_lines(text: str, noun: str) -> None:
    lines = text.splitlines()
    if len(lines) > LINES_MAX:
        raise DocumentError(Mark(LINES_MAX + 1, 1), f"more than {LINES_MAX:,} lines: no {noun} is that long; split it")
    for number, line in enumerate(lines, start=1):
        if len(line) > LINE_MAX:
            raise DocumentError(Mark(number, 1), f"a line of more than {LINE_MAX:,} characters: wrap it")


def _refuse_characters(text: str) -> None:
    for pattern, what in (
        (_UNPRINTABLE, "this character cannot be printed, so it cannot be reviewed; remove it"),
        (_LEADING_TAB, "a tab is used to indent; use spaces"),
    ):
        match = pattern.search(text)
        if match:
            before = text[: match.end() - 1]
            mark = Mark(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
            raise DocumentError(mark, what)


def _syntax_error(error: MarkedYAMLError, text: str) -> DocumentError:
    mark = error.problem_mark or error.context_mark
    place = _mark(mark) if mark is not None else Mark(1, 1)
    lines = text.splitlines()
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    advice = "check quotes, brackets and indentation"
    if line[place.column - 1 : place.column] == "\t":
        return DocumentError(place, "a tab stands between two words; use spaces")
    if _BARE_COHORT.search(line):
        advice = 'put a place with a cohort in quotes: where: "uplink[south]"'
    return DocumentError(place, f"this is not YAML: {error.problem or error.context}; {advice}")


def _mark(mark: Any) -> Mark:
    return Mark(mark.line + 1, mark.column + 1)


def _counted(events: Iterator[Event], noun: str) -> Iterator[Event]:
    for number, event in enumerate(events):
        if number > VALUES_MAX:
            raise DocumentError(
                _mark(event.start_mark), f"more than {VALUES_MAX} values: no {noun} is that long; split it"
            )
        yield event


def _document(events: Iterator[Event], noun: str) -> YamlNode:
    next(events)
    event = next(events)
    if not isinstance(event, DocumentStartEvent):
        raise DocumentError(Mark(1, 1), "the file is empty; start with `name:`")
    if event.version or event.tags:
        raise DocumentError(_mark(event.start_mark), "directives (%YAML, %TAG) are not taken; remove them")
    root = _node(next(events), events, 1, noun)
    next(events)
    after = next(events)
    if isinstance(after, DocumentStartEvent):
        raise DocumentError(_mark(after.start_mark), f"a second document starts here; write one file for each {noun}")
    return root


def _node(event: Event, events: Iterator[Event], depth: int, noun: str) -> YamlNode:
    mark = _mark(event.start_mark)
    if isinstance(event, AliasEvent) or getattr(event, "anchor", None) is not None:
        raise DocumentError(mark, "anchors (&) and aliases (*) are not taken; write the value out")
    if getattr(event, "tag", None) is not None:
        raise DocumentError(mark, "tags (!) are not taken; remove it")
    if depth > DEPTH_MAX:
        raise DocumentError(mark, f"nested more than {DEPTH_MAX} deep: no {noun} is")
    if isinstance(event, ScalarEvent):
        return Text(mark, event.value, event.style is None)
    if isinstance(event, SequenceStartEvent):
        return Items(mark, tuple(_node(item, events, depth + 1, noun) for item in _inside(events)))
    if isinstance(event, MappingStartEvent):
        pairs = []
        for key_event in _inside(events):
            key = _node(key_event, events, depth + 1, noun)
            if not isinstance(key, Text):
                raise DocumentError(key.mark, "a key must be a single word")
            value = _node(next(events), events, depth + 1, noun)
            # The parser places an empty value where the next word stands; people look for it at its key.
            empty = isinstance(value, Text) and value.plain and not value.text
            pairs.append((key, Text(key.mark, "", plain=True) if empty else value))
        return Pairs(mark, tuple(pairs))
    raise DocumentError(mark, f"a {type(event).__name__} cannot stand here")


def _inside(events: Iterator[Event]) -> Iterator[Event]:
    """Yield the events that open each part of the collection just begun, until it ends."""
    for event in events:
        if type(event).__name__ in _ENDS:
            return
        yield event
