"""Dead Air: proves that silence is noticed. The architecture is in docs/architecture.md."""

__version__ = "0.1.0"
