# One command for each job. `make` itself turns any failure into 2: gates call .venv/bin/deadair.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
FLAGSHIP := scenarios/gate/thanksgiving-2019.yaml

.PHONY: help setup demo demo-2019 nightscout check test test-matrix test-described test-explore test-service test-targets bench calibrate parity seeds crash canary cold-start clients docs lock clean

help: ## Show this table.
	@grep -E '^[a-z0-9-]+:.*##' Makefile | sed -E 's/^([a-z0-9-]+):.*## (.*)/  make \1@\2/' | column -t -s @

setup: $(STAMP) ## Make .venv with .venv/bin/deadair in it.
	@:

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or later is needed: make PYTHON=...")'
	@echo "making $(VENV), once; this takes about a minute"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e . 2>$(VENV)/install.log || { cat $(VENV)/install.log >&2; exit 1; }
	@touch $@

demo: $(STAMP) ## Run the night of Thanksgiving 2019 against the reference service: it ends with pass.
	$(BIN)/deadair run $(FLAGSHIP)

demo-2019: $(STAMP) ## Run it against the service as it was in 2019: succeeds exactly when that run fails.
	@$(BIN)/deadair run $(FLAGSHIP) --profile 2019; code=$$?; \
	if [ $$code -eq 1 ]; then echo "demo-2019: the service of 2019 fails, as it must"; \
	else echo "demo-2019: exit code $$code where 1 (a rule is violated) was to come" >&2; exit 1; fi

nightscout: $(STAMP) ## Judge the real Nightscout 0.12.8, in 13 minutes: as it comes it must fail, with HEARTBEAT=10 pass.
	@echo "nightscout: as it comes, with HEARTBEAT=60"
	@HEARTBEAT=60 $(BIN)/deadair run nightscout/stale-data; code=$$?; \
	if [ $$code -ne 1 ]; then echo "nightscout: exit code $$code where 1 (a rule is violated) was to come" >&2; exit 1; fi
	@echo "nightscout: with HEARTBEAT=10"
	@HEARTBEAT=10 $(BIN)/deadair run nightscout/stale-data
	@echo "nightscout: as it comes it fails, as it must, and with HEARTBEAT=10 it passes"

check: $(STAMP) ## Static checks, import contracts, fresh generated files, and whether anything is missing.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check
	$(BIN)/python docs/check_guides.py

ELSEWHERE := containers explore matrix nightscout clients oracle stores targets

test: $(STAMP) ## All tests but those that the next five targets run.
	$(BIN)/python -m pytest tests $(ELSEWHERE:%=--ignore tests/%) --numprocesses 2

test-matrix: $(STAMP) ## Every planted defect where a scenario is held to it, and the second oracle beside the judge.
	$(BIN)/python -m pytest tests/matrix tests/oracle --numprocesses 2

test-described: $(STAMP) ## Whole live runs of services that a file describes, by each of their channels.
	$(BIN)/python -m pytest tests/targets

test-explore: $(STAMP) ## Explorations from the command line: what they find, who loses what when a process dies.
	$(BIN)/python -m pytest tests/explore

test-service: $(STAMP) ## The reference as real clients, databases and disks meet it; what cannot be had is skipped, with the reason.
	$(BIN)/python -m pytest $(wildcard tests/clients tests/stores)

test-targets: $(STAMP) ## The tests that need a Docker engine or fetch Nightscout; where they cannot be run they say why.
	$(BIN)/python -m pytest tests/containers tests/nightscout

bench: $(STAMP) ## Measure speed and size; medians, never asserted in tests.
	$(BIN)/python -m tools.bench
	$(BIN)/python -m tools.bench_reference

calibrate: $(STAMP) ## Measure what the service's work costs, for the simulation: docs/calibration.md.
	$(BIN)/python -m tools.calibrate

parity: $(STAMP) ## Compare both engines, LIVE="DIR ..." has the live runs: docs/parity.md.
	$(BIN)/python -m tools.parity $(if $(LIVE),--live $(LIVE))

seeds: $(STAMP) ## Run the flagship in virtual time under many seeds, SEEDS=3000: each must pass.
	$(BIN)/python -m tools.seeds $(if $(SEEDS),--seeds $(SEEDS))

crash: $(STAMP) ## Kill random nodes 5,000 times in virtual time, LIVE=1: 100 times for real.
	$(BIN)/python -m tools.crash $(if $(LIVE),--live)

canary: $(STAMP) ## Run every planted defect through every scenario and NIGHTS=20 drawn nights: docs/canary.md.
	$(BIN)/python -m tools.canary $(if $(NIGHTS),--nights $(NIGHTS))

cold-start: $(STAMP) ## Search for every planted defect from nothing, up to 4 min each: docs/cold-start.md.
	$(BIN)/python -m tools.cold_start

clients: $(STAMP) ## Drive real clients of the Share API, unmodified, over TLS where nothing can leave: docs/clients.md.
	$(BIN)/python -m tools.clients

docs: $(STAMP) ## Write the generated files anew: the schema, its table, the reference's settings.
	$(BIN)/python docs/generate.py

lock: $(STAMP) ## Resolve the dependencies anew into requirements.lock.
	CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --extra dev -o requirements.lock pyproject.toml

clean: ## Remove .venv, caches and runs.
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage harness/*.egg-info
	find harness tests docs -name __pycache__ -type d -prune -exec rm -rf {} +
	find reports -mindepth 1 -maxdepth 1 ! -name README.md ! -name sample -exec rm -rf {} +
