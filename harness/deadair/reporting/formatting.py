"""How reports say things: durations, moments, counts, and text from outside made safe to print.

Knows no format: every format escapes for itself what comes out of here.
"""

from __future__ import annotations

import math
import re

from deadair.model.verdict import Verdict

VERDICT_WORDS = {
    Verdict.PASS: "Pass",
    Verdict.FAIL: "Fail",
    Verdict.UNKNOWN: "Unknown",
    Verdict.ABORTED: "Aborted",
}
VERDICT_MEANINGS = {
    Verdict.PASS: "Every rule held, and the run saw enough to say so.",
    Verdict.FAIL: "At least one rule was violated.",
    Verdict.UNKNOWN: "The run cannot say. It is not a pass: read its doubts.",
    Verdict.ABORTED: "The run was ended before it could be judged. It is not a pass.",
}
TEXT_MAX = 2_000
"""Characters that any one text from outside may take in a report."""

_UNPRINTABLE = re.compile(r"[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Characters that turn the reading direction could make a text say something else than it does.
_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def clean(text: object, limit: int = TEXT_MAX) -> str:
    """Return a text without control characters and lone surrogates, cut at ``limit`` with a mark that it was."""
    whole = str(text)
    kept = _DIRECTION.sub("", _UNPRINTABLE.sub("", whole[: limit + 1].replace("\r\n", "\n")))
    return kept if len(whole) <= limit else kept[: limit - 1].rstrip() + "…"


def one_line(text: object, limit: int = TEXT_MAX) -> str:
    """Return a clean text on a single line."""
    return " ".join(clean(text, limit).split())


def duration(seconds: float | None) -> str:
    """Say a duration: ``42 s``, ``4 min 12 s``, ``1 h 5 min``; none and infinity are ``never``."""
    if seconds is None or not math.isfinite(seconds):
        return "never"
    sign = "−" if seconds < 0 else ""
    size = abs(seconds)
    if size < 10 and round(size, 1) != round(size):
        return f"{sign}{size:.1f} s"
    whole = round(size)
    if whole < 60:
        return f"{sign}{whole} s"
    minutes, left_s = divmod(whole, 60)
    if minutes < 60:
        return f"{sign}{minutes} min" + (f" {left_s} s" if left_s else "")
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours} h" + (f" {minutes} min" if minutes else "")


def moment(seconds: float | None) -> str:
    """Say a moment that counts from the start of the storm: ``22 min 30 s``, ``−3 min``; none is a dash."""
    return "–" if seconds is None else duration(seconds)


def clock_time(seconds: float | None) -> str:
    """Say a moment to the second, as clocks do: ``02:13:05`` after the start of the storm; none is a dash."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    minutes, left_s = divmod(abs(math.floor(seconds)), 60)
    return f"{'−' if seconds < 0 else ''}{minutes // 60:02}:{minutes % 60:02}:{left_s:02}"


def milliseconds(value: float | None) -> str:
    """Say real milliseconds."""
    if value is None or not math.isfinite(value):
        return "not measured"
    return f"{value:.1f} ms" if value < 100 else f"{value:,.0f} ms"


def path_name(path: str) -> str:
    """Say an alert path in words."""
    return one_line(path.replace("_", " "), 60)
