"""Planted bad parts, each seen in the wild. They prove that the harness catches what it says it catches."""
