# `make demo` and `make test` are all that a fresh machine needs: Python 3.11 or later, git and make.
# The first call builds .venv from uv.lock (every file checked by its hash); later calls start at once.

PYTHON ?= python3
READY := .venv/.ready
UV := env -u VIRTUAL_ENV UV_PROJECT_ENVIRONMENT=.venv UV_PYTHON_DOWNLOADS=never .venv/bin/uv

.PHONY: help demo test fuzz validate bench lint format setup lock clean moved

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1: /p' Makefile

demo: $(READY) ## the Russian segment leaves in 2022: run it and write the report to runs/demo
	.venv/bin/stationkeeper run iss-2022-detach --out runs/demo

test: $(READY) ## all tests, the comparisons with history and with other programs included
	.venv/bin/python -m pytest

fuzz: $(READY) ## feed 20,000 damaged files to the readers; about ten minutes
	.venv/bin/python scripts/fuzz.py --count 20000

validate: $(READY) ## only those comparisons, one line each
	.venv/bin/python -m pytest validation -v

bench: .venv-bench/.ready ## speed against other programs on this machine, as ratios; about ten minutes
	.venv-bench/bin/python benchmarks/run.py $(BENCH)

lint: $(READY) ## rules, layout, types, and who may import whom
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy --strict src
	.venv/bin/lint-imports
	$(UV) lock --check --quiet --default-index https://pypi.org/simple

format: $(READY) ## lay out the code and mend what can be mended without a decision
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

setup: $(READY) ## only build .venv

lock: $(READY) ## write uv.lock anew after a change of the dependencies in pyproject.toml
	$(UV) lock --default-index https://pypi.org/simple

clean: ## remove what the other targets made
	rm -rf .venv .venv-bench runs build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests validation scripts benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# A new lock starts from an empty environment, so nothing stays in it that the lock does not name (but uv and pip).
.venv/bin/uv: uv.lock scripts/requirements-uv.txt
	@$(PYTHON) -c 'import sys; sys.exit("stationkeeper needs Python 3.11 or later; this is %d.%d. Try: make PYTHON=python3.12" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo 'Python has no venv module here; on Debian: apt install python3-venv' >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv
	.venv/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --only-binary :all: -r scripts/requirements-uv.txt
	@touch $@

# --inexact: leave uv and pip, which are not in the lock.
$(READY): .venv/bin/uv pyproject.toml
	$(UV) sync --frozen --inexact --quiet
	@pwd -P > $@

# The programs that `make bench` races against, from the same lock, in an environment of their own.
.venv-bench/.ready: $(READY) uv.lock
	$(subst =.venv ,=.venv-bench ,$(UV)) sync --frozen --quiet --no-dev --group peers
	@touch $@

# An environment does not survive being moved: rebuild it when the stamp was written elsewhere.
ifneq ($(shell cat $(READY) 2>/dev/null),$(shell test -f $(READY) && pwd -P))
.venv/bin/uv: moved
endif
