"""Where the follower app is put together, apart from ``wiring``: it runs on the phone, not in the service."""

from __future__ import annotations

from deadair.reference.app.phone_app import PhoneApp
from deadair.reference.defects.app import BlankScreen, ShowsOld, WithoutTimer

APP_DEFECTS: dict[str, type[PhoneApp]] = {
    "app-without-timer": WithoutTimer,
    "app-blank-screen": BlankScreen,
    "app-shows-old": ShowsOld,
}


def phone_app(defects: tuple[str, ...]) -> PhoneApp:
    """Return the app with the defects among ``defects`` that are the app's."""
    parts = [part for name, part in APP_DEFECTS.items() if name in defects]
    app: PhoneApp = type("PhoneApp", (*parts, PhoneApp), {})() if parts else PhoneApp()
    return app
