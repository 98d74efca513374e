"""Nights nobody wrote: drawn inside an envelope, run in virtual time, judged, counted, and made small where one fails.

Knows the runner; no verb and no terminal. A night is an ordinary scenario, run and judged as any other.
"""
