# The commands of the project. `make run` and `make test` need nothing but Debian 12 and make; see README.md.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run install test test-postgres campaign check format bench bench-documents lock messages

PYTEST := .venv/bin/python -m pytest
# Two workers: tests share one machine with a browser, a database server and a PDF renderer.
PARALLEL ?= -n 2 --dist loadgroup
# A skipped browser test is not a passed one.
export CI_REQUIRE_BROWSER ?= 1
# Real input for the tests that need it; they are skipped where it is not at hand.
REAL_DATA ?= $(realpath ../shared/data)
export REAL_DATA
PYTHON_CODE := school_portal tests migrations scripts config.py gunicorn.conf.py $(wildcard benchmarks)

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | column -t -s "$$(printf '\t')"

run: ## set up what is missing and start the portal on http://127.0.0.1:$PORT (5000)
	@exec setpriv --pdeathsig TERM scripts/run.sh

install: ## system packages, .venv and translations, for a server; starts nothing
	@scripts/set-up.sh run

test: ## set up what is missing and run every test, browser tests included (ARGS="tests/incidents" narrows it)
	@scripts/set-up.sh test
	$(PYTEST) $(PARALLEL) -m "not campaign" $(ARGS) </dev/null

test-postgres: ## every test on PostgreSQL
	@scripts/set-up.sh test
	PORTAL_TEST_DATABASE=postgresql $(PYTEST) $(PARALLEL) -m "not campaign" $(ARGS) </dev/null

campaign: ## the long tests: many seeds, kills, solver attacks
	@scripts/set-up.sh test
	CI_REQUIRE_BROWSER=0 $(PYTEST) $(PARALLEL) -m campaign $(ARGS) </dev/null

check: ## format, lint, types, import contracts, template lint, translations
	@scripts/set-up.sh check
	@scripts/check.sh

format: ## put Python into the one format and sort its imports
	@scripts/set-up.sh check
	.venv/bin/ruff check --select I --fix $(PYTHON_CODE)
	.venv/bin/ruff format $(PYTHON_CODE)

bench: ## the benchmarks: goal, figure and ratio
	@scripts/set-up.sh test
	.venv/bin/python -m benchmarks $(ARGS) </dev/null

bench-documents: ## the benchmarks of documents, on a demo of 1,000 schools
	@scripts/set-up.sh test
	.venv/bin/python -m benchmarks.documents $(ARGS) </dev/null

messages: ## take new texts into the catalogues of school_portal/translations
	@scripts/set-up.sh check
	.venv/bin/pybabel --quiet extract --mapping-file pyproject.toml --no-location --sort-output --omit-header --ignore-dirs ".*" \
		-k lazy_gettext -k lazy_ngettext:1,2 -k lazy_pgettext:1c,2 --output-file .set-up/messages.pot .
	.venv/bin/pybabel --quiet update --input-file .set-up/messages.pot --output-dir school_portal/translations \
		--no-fuzzy-matching --ignore-obsolete

lock: ## requirements/*.txt anew from *.in, with hashes (UPGRADE=--upgrade takes newer releases)
	@scripts/set-up.sh check
	@for name in runtime build dev; do \
		.venv/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
			$(UPGRADE) requirements/$$name.in --output-file requirements/$$name.txt || exit 1; done
