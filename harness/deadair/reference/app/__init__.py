"""The follower app, which runs on the phone and not in the service."""
