"""An injector that breaks nothing and remembers what it was asked to: for dry runs and tests."""

from __future__ import annotations

from deadair.injectors.injector import Break, Look


class Recording:
    """Does nothing. ``verbs`` are the verbs asked of it, in order; ``broken`` is what was not healed yet."""

    def __init__(self) -> None:
        self.verbs: list[tuple[str, Break]] = []
        self.broken: list[Break] = []

    def begin(self, broken: Break) -> None:
        """Remember the break."""
        self.verbs.append(("begin", broken))
        self.broken.append(broken)

    def look(self, broken: Break) -> Look:
        """Return no facts: there is nothing to see."""
        self.verbs.append(("look", broken))
        return Look({})

    def heal(self, broken: Break) -> None:
        """Forget the break."""
        self.verbs.append(("heal", broken))
        if broken in self.broken:
            self.broken.remove(broken)

    def healed(self, broken: Break) -> bool:
        """Say whether the break was healed."""
        return broken not in self.broken
