# `make` alone lists what there is. Needed: make and Python 3.11 or newer; all else goes into .venv.

SHELL := /bin/sh
BIN := .venv/bin
STAMP := .venv/.ready
CORES := $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); [ "$$n" -ge 2 ] || n=2; echo $$n)
TEST_ARGUMENTS ?=
SAMPLE ?= 400
SEED ?= 1
MODULES ?=

.DEFAULT_GOAL := help
.PHONY: help setup run test lint types pytest rules mutants bench lock clean

help: ## List these targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | while IFS= read -r line; do \
		printf '  %-8s %s\n' "$${line%%:*}" "$${line##*## }"; done

setup: $(STAMP) ## Make .venv with exactly the packages of requirements.lock
	@:

# One make at a time installs (the shell keeps the lock on file 9 that Python takes); who waited finds it done.
# Without a home to write to, pip keeps no cache.
$(STAMP): requirements.lock pyproject.toml
	@set -eu; \
	python=; \
	for candidate in python3.13 python3.12 python3.11 python3; do \
		if $$candidate -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			python=$$candidate; break; \
		fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "Stepwell needs Python 3.11 or newer with its venv module (on Debian: apt install python3-venv)." >&2; \
		exit 1; \
	fi; \
	mkdir -p .venv; \
	exec 9>.venv/.lock; \
	$$python -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'; \
	if [ -e $@ ] && [ ! requirements.lock -nt $@ ] && [ ! pyproject.toml -nt $@ ]; then exit 0; fi; \
	if ! $(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		echo "Making .venv with $$($$python --version)"; \
		rm -rf .venv/bin .venv/include .venv/lib .venv/lib64 .venv/pyvenv.cfg; \
		$$python -m venv .venv; \
	fi; \
	quiet="--quiet --disable-pip-version-check"; \
	if [ -z "$${PIP_CACHE_DIR:-}" ] && { [ -z "$${HOME:-}" ] || [ ! -w "$$HOME" ]; }; then \
		quiet="$$quiet --no-cache-dir"; \
	fi; \
	echo "Installing the packages of requirements.lock"; \
	$(BIN)/python -m pip install $$quiet -r requirements.lock; \
	$(BIN)/python -m pip install $$quiet --no-deps -e .; \
	touch $@

run: setup ## Serve the demo on http://127.0.0.1:8000, with its data in ./data
	$(BIN)/stepwell serve --demo --host 127.0.0.1 --port 8000 --data-dir ./data

test: setup ## Everything that must hold: lint, types, tests
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory types
	@$(MAKE) --no-print-directory pytest

lint: setup ## Check style and format (ruff)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## Check types (mypy, strict)
	$(BIN)/mypy
	$(BIN)/mypy scripts

pytest: setup ## Run the tests in parallel; TEST_ARGUMENTS goes to pytest
	$(BIN)/python -m pytest -n $(CORES) --dist worksteal $(TEST_ARGUMENTS)

rules: setup ## Show which rules of the specification the tests prove
	$(BIN)/python scripts/rules.py

mutants: setup ## Change the engine a little, SAMPLE times (SEED, MODULES), and show what its tests miss
	$(BIN)/python scripts/mutants.py --sample $(SAMPLE) --seed $(SEED) --modules $(MODULES)

bench: setup ## Measure, compare with the floor, and again over ten times the data
	$(BIN)/python -m bench --growth

lock: setup ## Write requirements.lock anew from pyproject.toml
	@command -v uv >/dev/null || [ -x $(BIN)/uv ] || $(BIN)/python -m pip install --quiet uv
	PATH="$$PATH:$(CURDIR)/$(BIN)" uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--upgrade --no-header --no-annotate --no-emit-index-url --quiet -o requirements.lock

clean: ## Remove what the tools left; .venv and data stay
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .schemathesis dist
	find src tests bench scripts -name __pycache__ -type d -prune -exec rm -rf {} +
