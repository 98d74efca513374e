"""The run browser: stored runs as pages on loopback. It runs nothing, and trusts nothing in a run folder."""
