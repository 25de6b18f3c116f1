# Two commands do everything: `make demo` builds the retail demo, `make test` checks the project.
# Both make the environment themselves; they need Python 3.11 to 3.13, make and Java 17 or newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test test-pure nightly test-workspace ui clean-demo env lint types check bench lock reference help

demo: env ## build the retail demo on this machine
	$(BIN)/demo-factory build retail

ui: env ## open Dagster on the demos
	$(BIN)/demo-factory ui

clean-demo: env ## remove the retail demo, leave nothing
	$(BIN)/demo-factory destroy retail --yes

test: env ## run all tests, a file at a time on each of two cores
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-pure: env ## run the tests that touch nothing but Python: seconds, after each change
	$(BIN)/python -m pytest -m pure

nightly: env ## what is too long for every push: whole fuzzers, the table of faults, laws on many examples
	$(BIN)/python -m pytest -m nightly -rs
	DEMO_FACTORY_EXAMPLES=1000 $(BIN)/python -m pytest -m pure

test-workspace: env ## the same behaviour on the double, MiniLake, and the workspace of DATABRICKS_HOST if one is given
	$(BIN)/python -m pytest -vv -rs demo_factory_tests/workspace/databricks/test_any_workspace.py

lint: env ## look at style and form
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: env ## check types
	$(BIN)/mypy

check: lint types test ## what CI runs

bench: env ## measure against the peers, side by side (takes long)
	$(BIN)/python -m benchmarks

env: $(READY) ## make or renew the environment in .venv

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info[:2] <= (3, 13); sys.exit(None if ok else "demo_factory needs Python 3.11, 3.12 or 3.13; this is " + sys.version.split()[0] + ". Say which one to use: make PYTHON=python3.11 demo")'
	@command -v "$${JAVA_HOME:+$$JAVA_HOME/bin/}java" >/dev/null 2>&1 || { echo "demo_factory needs Java 17 or newer, and there is none on PATH. Install it, for example: apt-get install openjdk-17-jre-headless"; exit 1; }
	@echo "Making the environment in $(VENV) (a few minutes, once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.8,<1'
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --require-hashes --no-deps --compile-bytecode -r requirements.lock
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@touch $(READY)

lock: ## write requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra local --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet -o requirements.lock

reference: env ## write docs/reference/ anew from the models and the commands
	$(BIN)/python -m demo_factory_tests.house.reference

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16
