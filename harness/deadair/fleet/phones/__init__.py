"""Phones: a pure machine that hosts the target's app, what drives it, and the count of them for who watches."""
