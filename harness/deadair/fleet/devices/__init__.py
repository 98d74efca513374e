"""Devices: a pure machine, how it hands in, and what drives it."""
