"""The real Nightscout, fetched and started: what the harness says and hears of it. `make test-targets` runs it."""
