# Needs Python 3.11 or newer and nothing else; `make build` fetches the rest into .venv.
SHELL := /bin/sh
.DEFAULT_GOAL := help

STATE := $(or $(WAREHOUSE_HOME),.warehouse)
WAREHOUSE := .venv/bin/warehouse
ENVIRONMENT := .venv/environment
PYTEST := .venv/bin/pytest -n 2 --dist loadfile --no-loadscope-reorder --timeout 900 --durations 40 --durations-min 5

# Images often forbid Python to keep what it compiled; every command would start seconds later.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help build test test-slow test-cluster lint audit format docs bench clean up sample

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

build: up ## From nothing to a queried warehouse: environment, database, sample data, models, tests
	@$(MAKE) --no-print-directory sample
	@$(WAREHOUSE) build

test: $(ENVIRONMENT) ## Run the tests (about a quarter of an hour)
	$(PYTEST) -m "not slow"

test-slow: $(ENVIRONMENT) ## Run the slow tests: kills at many moments, full disk, full-size data
	$(PYTEST) -m slow --timeout 7200

test-cluster: $(ENVIRONMENT) ## Try a real Redshift that the environment names (without: what to set)
	@.venv/bin/python -m tests.cluster

lint: $(ENVIRONMENT) ## Check style and types of Python and SQL
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/python .ci/lint_sql.py lint --processes 2 models analyses tests
	.venv/bin/python .ci/lint_sql.py --engine redshift lint --rules LT12 --processes 2 models analyses tests
	.venv/bin/python .ci/lint_redshift.py

audit: $(ENVIRONMENT) ## Look the locked packages up among known vulnerabilities (offline: says so)
	@.venv/bin/python .ci/audit.py

format: $(ENVIRONMENT) ## Fix what the style checks can fix
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
	.venv/bin/python .ci/lint_sql.py fix --processes 2 models analyses tests

docs: up ## Write the documentation as one offline site
	@$(WAREHOUSE) docs

bench: $(ENVIRONMENT) ## Measure loading and building against psql and DuckDB (BENCH="--scale 10": ten times the full panel, too)
	.venv/bin/python -m bench $(BENCH)

clean: ## Stop the database, delete it (after asking) and remove what builds leave behind
	@if [ -x $(WAREHOUSE) ]; then $(WAREHOUSE) clean; fi
	rm -rf target logs .pytest_cache .mypy_cache .ruff_cache .hypothesis

up: $(ENVIRONMENT)
	@$(WAREHOUSE) up

# Sample data go only into a warehouse that holds nothing else.
sample: $(ENVIRONMENT)
	@umask 077; \
	if [ -f $(STATE)/sample.loaded ]; then exit 0; fi; \
	if [ ! -f $(STATE)/sample.made ]; then \
		$(WAREHOUSE) status | grep -q 'nothing loaded yet' || exit 0; \
		$(WAREHOUSE) sample --out $(STATE)/sample || exit 1; \
		touch $(STATE)/sample.made; \
	fi; \
	for source in cafe grocery ecommerce electronics footwear standard; do \
		$(WAREHOUSE) load $$source $(STATE)/sample/$$source || exit 1; \
	done; \
	touch $(STATE)/sample.loaded

$(ENVIRONMENT): requirements.lock .ci/uv.txt pyproject.toml
	@.ci/environment
	@touch $@
