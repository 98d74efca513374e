"""Targets by name, each made when it is first asked for. A target may run code, and reading a file takes time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from deadair.targets.target import Target

Make = Callable[[], Target]


class MadeOnDemand(Mapping[str, Target]):
    """Targets by name. To get one that cannot be taken raises ScenarioError."""

    def __init__(self, makers: Mapping[str, Make]) -> None:
        self._makers = dict(makers)
        self._made: dict[str, Target] = {}

    def __getitem__(self, name: str) -> Target:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._makers

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)
