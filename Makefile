# Everything a developer does, by one name each. Plain `make` lists them.
# Needs: Python 3.11, 3.12 or 3.13 (PYTHON=... picks one), git, make. Nothing else, and no activated environment.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.SUFFIXES:

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq
WORKERS ?= 2

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

# The first that runs and is new enough: a name on the path may be a shim of nothing.
SUITS := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3; do \
	if "$$name" -c '$(SUITS)' >/dev/null 2>&1; then echo "$$name"; break; fi; done)

# Says what is going on, in colour on terminals only.
define say
@if [ -t 1 ]; then printf '\033[36m·\033[0m %s\n' '$(1)'; else printf '· %s\n' '$(1)'; fi
endef

.PHONY: help
help:  ## list these commands
	@if [ -t 1 ]; then on='\033[36m'; off='\033[0m'; else on=''; off=''; fi; \
	awk -v on="$$on" -v off="$$off" -F ':.*## ' \
		'/^[a-z-]+:.*## / { printf "  " on "make %-13s" off " %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(VENV)/stamp-demo  ## the main job: a real workflow over real data, with a live tree and a report
	@$(BIN)/python examples/flights/demo.py

.PHONY: test
test: $(VENV)/stamp-dev  ## every test that needs nothing else installed; ARGS="-k word" for some
	$(call say,running the tests)
	@$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

.PHONY: test-kit
test-kit: $(VENV)/stamp-venv  ## write plugins of each kind as a newcomer does: install, test, run, break, repair
	@$(BIN)/python tools/test_kit.py $(ARGS)

.PHONY: check
check: $(VENV)/stamp-dev  ## lint, format, import contracts, strict types, fast tests: before every commit
	$(call say,ruff)
	@mkdir -p .cache
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo 'not formatted: run `make format`'; exit 1; }
	$(call say,import contracts)
	@$(BIN)/lint-imports --no-logo >.cache/lint-imports.log || { cat .cache/lint-imports.log; exit 1; }
	$(call say,mypy)
	@$(BIN)/mypy --no-error-summary
	$(call say,pyright)
	@$(BIN)/pyright --warnings >.cache/pyright.log || { cat .cache/pyright.log; exit 1; }
	$(call say,fast tests)
	@$(BIN)/python -m pytest -n $(WORKERS) -m 'not slow and not sim' tests/unit tests/architecture

.PHONY: format
format: $(VENV)/stamp-dev  ## let ruff format, and fix what it can
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix .

.PHONY: sim
sim: $(VENV)/stamp-dev  ## simulate the engine: SEED=7 replays one, SEEDS=2000 runs that many
	@$(BIN)/python tools/sim.py $(if $(SEED),--seed $(SEED)) $(if $(SEEDS),--seeds $(SEEDS))

.PHONY: mutate
mutate: $(VENV)/stamp-dev  ## plant known faults one by one; every one must be caught
	@$(BIN)/python tools/mutate.py $(ARGS)

.PHONY: bench
bench: $(VENV)/stamp-dev  ## measure chain, fan-out and Python tasks
	@$(BIN)/python tools/bench.py $(ARGS)

.PHONY: protos
protos: $(VENV)/stamp-venv  ## generate Python from our .proto files
	@$(BIN)/python tools/protos.py make

.PHONY: protos-check
protos-check: $(VENV)/stamp-venv  ## check that what is checked in is what they generate
	@$(BIN)/python tools/protos.py check

.PHONY: golden
golden: $(VENV)/stamp-dev  ## write the golden messages anew, with real flytekit in an environment of its own
	@$(BIN)/python tools/golden.py make $(ARGS)

.PHONY: compat
compat: $(VENV)/stamp-dev  ## let Volant and real flytekit read each other's messages, live
	@$(BIN)/python tools/golden.py install
	@FLYTEKIT_PYTHON=$(CURDIR)/.cache/compat/bin/python $(BIN)/python -m pytest -n $(WORKERS) tests/compat $(ARGS)

.PHONY: lock
lock: $(VENV)/stamp-venv  ## lock exact versions again; ARGS=--upgrade takes newer ones
	@$(BIN)/python tools/lock.py $(ARGS)

.PHONY: clean
clean:  ## remove the environment and everything made here
	@rm -rf $(VENV) .cache .demo dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests tools examples -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/stamp-venv:
	@[ -n "$(PYTHON)" ] || { echo 'Volant needs Python 3.11, 3.12 or 3.13 with venv; none was found.' \
		'Install one (Debian: also python3-venv), or name it: make PYTHON=/path/to/python3.12' >&2; exit 1; }
	@"$(PYTHON)" -c '$(SUITS)' 2>/dev/null || { echo '$(PYTHON) is not Python 3.11, 3.12 or 3.13 with venv.' \
		'Name another one: make PYTHON=/path/to/python3.12' >&2; exit 1; }
	$(call say,making $(VENV) with $(PYTHON))
	@"$(PYTHON)" -m venv $(VENV)
	@touch $@

$(VENV)/stamp-demo: requirements/demo.txt pyproject.toml $(VENV)/stamp-venv
	$(call say,installing Volant and what the demo needs (half a minute))
	@$(PIP) --require-hashes -r requirements/demo.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/stamp-dev: requirements/dev.txt pyproject.toml $(VENV)/stamp-venv
	$(call say,installing Volant and what its tests need (a minute))
	@$(PIP) --require-hashes -r requirements/dev.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@
