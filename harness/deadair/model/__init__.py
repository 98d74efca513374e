"""The nouns every layer shares. This package knows no file format, no process and no network."""
