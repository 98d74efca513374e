"""Planted bad parts, each seen in the wild. They prove that the harness catches what it says it catches."""

from __future__ import annotations

NAMES = frozenset(
    {
        "alerts-behind-backlog",
        "app-blank-screen",
        "app-shows-old",
        "app-without-timer",
        "arrival-time",
        "disarmed-by-stored",
        "fifo",
        "gives-up",
        "hibernation-guard",
        "incident-by-hand",
        "masked-by-another",
        "no-sentinel",
        "timers-lost-on-restart",
        "watchdog-in-processor",
    }
)
"""All there are. The service takes a profile whole: those of the app are none of its business, and no mistake."""
