# Recipes for people and for CI. `make` alone lists them.
#
# Variables: PORT, HOST and DATA_DIR (run, demo), WORKERS and TESTFLAGS (test), PYTHON (install).

PYTHON   ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
HOST     ?= 127.0.0.1
PORT     ?= 9999
DATA_DIR ?= .assay
WORKERS  ?= 2
TESTFLAGS ?=

BIN  := .venv/bin
PAGE := src/assay/apps/server/page
# uv reads its own variables only: where pip is pointed at a mirror or a folder, uv is as well.
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
ifdef PIP_FIND_LINKS
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
endif
export UV_LINK_MODE ?= copy
export PIP_DISABLE_PIP_VERSION_CHECK ?= 1

HAS_PAGE     := $(wildcard frontend/package.json)
PAGE_SOURCES := $(if $(HAS_PAGE),$(shell find frontend -path frontend/node_modules -prune -o \
	-type f -not -path '*/coverage/*' -not -path '*/dist/*' -print))
NODE_STAMP   := frontend/node_modules/.installed
PAGE_STAMP   := $(PAGE)/index.html
INSTALLED    := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help install page run demo services test test-unit page-check lint format types contracts \
	lock lock-third-party third-party api-client bench clean check-node

help: ## list these recipes
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

install: $(INSTALLED) ## make .venv with every extra and the development tools, from the locks

.venv/bin/uv: requirements-uv.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer was not found; install it or say make PYTHON=/path/to/python3" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments; on Debian: apt-get install python3-venv" >&2; exit 2; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-uv.lock
	@touch $@

$(INSTALLED): .venv/bin/uv requirements-dev.lock pyproject.toml hatch_build.py
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock \
		|| $(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index -e .
	@touch $@

check-node:
	@node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' 2>/dev/null && command -v npm >/dev/null || \
		{ echo "Building the page needs Node 20 or newer with npm; found: $$(node --version 2>/dev/null || echo none)." >&2; \
		  echo "Install it from your system's packages or nodejs.org, then run make page again." >&2; exit 2; }

$(NODE_STAMP): frontend/package.json frontend/package-lock.json
	@$(MAKE) --no-print-directory check-node
	cd frontend && npm ci
	@touch $@

$(PAGE_STAMP): $(NODE_STAMP) $(PAGE_SOURCES)
	cd frontend && npm run build
	@touch $@

ifeq ($(HAS_PAGE),)
page:
	@echo "There is no frontend/package.json: nothing to build."
page-check: page
else
page: $(PAGE_STAMP) ## build the page into the package (Node >= 20)

page-check: $(NODE_STAMP) ## style, types and unit tests of the page
	cd frontend && npm run lint
	cd frontend && npm run typecheck
	cd frontend && npm run test
ifneq ($(wildcard frontend/openapi.json),)
	cd frontend && npm run generate && git diff --exit-code -- src/api/generated
endif
endif

demo: install ## fill DATA_DIR with the demo: recorded models, no keys, no network
	$(BIN)/assay demo --data-dir $(DATA_DIR)

run: install page demo ## install, build the page, run the demo, serve on http://localhost:9999
	$(BIN)/assay up --host $(HOST) --port $(PORT) --data-dir $(DATA_DIR) --no-open

services: ## bring PostgreSQL, Redis and Chromium onto this machine for the tests
	@PYTHON="$(PYTHON)" tools/provision.sh

test: services install ## every tier of tests, with branch coverage of at least 90 %
	@if $(MAKE) -s check-node; then $(MAKE) --no-print-directory page; \
	elif [ "$$CI" = true ]; then exit 2; \
	else echo "Going on without the page: the tests that need it are skipped."; fi
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --cov --cov-report=term $(TESTFLAGS)

test-unit: install ## the unit tests alone
	$(BIN)/python -m pytest tests/unit $(TESTFLAGS)

lint: install ## style: ruff check and format check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: install ## repair what ruff can repair
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

types: install ## mypy, strict
	$(BIN)/mypy

contracts: install ## the walls between the rooms (import-linter)
	$(BIN)/lint-imports --no-logo

lock: .venv/bin/uv ## compile the lock files anew (make lock UPGRADE=--upgrade takes newer versions)
	$(COMPILE) --all-extras pyproject.toml -o requirements.lock
	$(COMPILE) --all-extras --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	echo uv | $(COMPILE) - -o requirements-uv.lock

THIRD_PARTY := tests/integration
third-party: install ## make the environments of other makes' clients that the tests drive
	$(BIN)/python -m tests.third_party

lock-third-party: .venv/bin/uv ## compile the locks of other makes' clients anew
	echo honeyhive | $(COMPILE_PLAIN) - -o $(THIRD_PARTY)/honeyhive/requirements-newest.lock
	echo honeyhive==1.0.2 | $(COMPILE_PLAIN) - -o $(THIRD_PARTY)/honeyhive/requirements-1.0.2.lock
	$(COMPILE_PLAIN) -c requirements.lock pyproject.toml $(THIRD_PARTY)/openinference/requirements.in \
		-o $(THIRD_PARTY)/openinference/requirements.lock

COMPILE_PLAIN = UV_CUSTOM_COMPILE_COMMAND="make lock-third-party" $(BIN)/uv pip compile --quiet \
	--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links $(UPGRADE)

COMPILE = UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal \
	--python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links $(UPGRADE)

api-client: install $(NODE_STAMP) ## regenerate the page's typed client from the server's OpenAPI
	$(BIN)/python tools/openapi.py > frontend/openapi.json.new
	mv frontend/openapi.json.new frontend/openapi.json
	cd frontend && npm run generate

bench: install ## run the benchmarks; figures land in benchmarks/results
	$(BIN)/python -m benchmarks

clean: ## remove what was built: environment, page, caches (never the data)
	rm -rf .venv .venv-third-party frontend/node_modules frontend/coverage $(PAGE) dist build .mypy_cache .ruff_cache \
		.pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* htmlcov
