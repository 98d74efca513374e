"""Tests that need a Docker engine: ``make test-targets``. Where there is none they are skipped, and say why."""
