"""The reference follow service: the default target, the example that passes, the host of the defects.

A program of its own; it imports nothing of the harness. Start with ``wiring.py``, where its parts are put together.
"""
