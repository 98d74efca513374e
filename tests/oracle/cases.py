"""From cases to what a rule comes to: V1, J1 and J2."""

from __future__ import annotations

from typing import NamedTuple

from tests.oracle.seen import Seen


class Case(NamedTuple):
    """One case with its window of doubt. ``state``: held, violated, excused or in doubt."""

    state: str
    from_us: int
    until_us: int
    at_us: int
    phone: int | None = None


class Verdict(NamedTuple):
    """What a rule comes to. ``violated``: phone and moment of each violated case that nothing casts doubt on."""

    verdict: str
    judged: int = 0
    violations: int = 0
    excused: int = 0
    suspected: int = 0
    violated: tuple[tuple[int | None, int], ...] = ()


UNKNOWN = Verdict("unknown")


def verdict(seen: Seen, cases: list[Case]) -> Verdict:
    """Count cases."""
    held, excused, suspected = 0, 0, 0
    violated = []
    for case in cases:
        if case.state == "excused":
            excused += 1
        elif case.state == "in doubt" or doubtful(seen, case):
            suspected += 1
        elif case.state == "held":
            held += 1
        else:
            violated.append((case.phone, case.at_us))
    judged = held + len(violated)
    says = "fail" if violated else "unknown" if suspected or not judged else "pass"
    violated.sort(key=lambda one: (-1 if one[0] is None else one[0], one[1]))
    return Verdict(says, judged, len(violated), excused, suspected, tuple(violated))


def doubtful(seen: Seen, case: Case) -> bool:
    """Say whether a doubtful stretch touches the case's window, both ends included."""
    for doubt in seen.doubts:
        if doubt.slows and case.state == "held":
            continue
        if doubt.from_us <= case.until_us and doubt.until_us >= case.from_us:
            return True
    return False
