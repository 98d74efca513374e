"""Where the follower app is put together, apart from ``wiring``: it runs on the phone, not in the service."""

from __future__ import annotations

from deadair.reference.app.phone_app import PhoneApp
from deadair.reference.defects.catalogue import part


def phone_app(defects: tuple[str, ...]) -> PhoneApp:
    """Return the app with the defects among ``defects`` that are the app's."""
    return part(PhoneApp, defects)()
