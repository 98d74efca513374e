"""The client by which followers hear alerts, if an alert path names one: it may lie in what is fetched. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from deadair.targets.alerts.alert_path_section import AlertPathSection, SocketioPath
from deadair.targets.described.templates import filled


def texts_of_client(path: AlertPathSection) -> dict[str, str]:
    """Return the texts in which names are put in, by their key."""
    if not isinstance(path, SocketioPath):
        return {}
    return {name: text for name in ("node", "package") if (text := getattr(path, name)) is not None}


def with_clients(paths: Iterable[AlertPathSection], values: Mapping[str, str]) -> tuple[AlertPathSection, ...]:
    """Return alert paths with everything put in."""
    return tuple(
        path.model_copy(update={name: filled(text, values) for name, text in texts_of_client(path).items()})
        for path in paths
    )
