# Everything here needs only Python >= 3.11 with pip, and make. The environment lives in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev

.DEFAULT_GOAL := help
.PHONY: help demo test check faults format lock audit bench clean

help: ## Show these targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Listener needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12 ..."; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m pip check || { echo "The lock lacks something that pyproject.toml asks for: make lock"; exit 1; }
	@touch $@

$(DEV_STAMP): $(RUN_STAMP) requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(RUN_STAMP) ## Play a recorded outage and see the alert climb and come down
	$(BIN)/listener demo

test: $(DEV_STAMP) ## Run every test, with a real Apache Kafka
	$(BIN)/python -m pytest --numprocesses 2 --dist loadscope

check: $(DEV_STAMP) ## Lint, types and the one-way rule of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV_STAMP) ## Format and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

UV_COMPILE = .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate pyproject.toml

lock: ## Pin every version anew (requirements*.lock)
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(UV_COMPILE) --upgrade --group build -o requirements.lock
	$(UV_COMPILE) --upgrade --group dev -c requirements.lock -o requirements-dev.lock
	rm -rf .venv-lock

audit: ## Look every pinned version up in the advisory database
	$(PYTHON) -m venv .venv-audit
	.venv-audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	.venv-audit/bin/pip-audit --progress-spinner off --disable-pip --require-hashes \
		-r requirements.lock -r requirements-dev.lock; status=$$?; rm -rf .venv-audit; exit $$status

DATA ?= ../shared/data
BENCHMARKS := sentiment language nab airlines false_alarms step_response detection_cost queries metrics_cost

faults: $(DEV_STAMP) ## Hit the Kafka engine at random, RUNS times, and compare with an oracle
	$(BIN)/python -m tests.faults --runs $(or $(RUNS),100) --seed $(or $(SEED),1)

bench: $(DEV_STAMP) ## Make the figures of the docs again, from DATA=../shared/data
	@set -e; for name in $(BENCHMARKS); do \
		echo "== benchmarks.$$name"; $(BIN)/python -m benchmarks.$$name --data $(DATA); done

clean: ## Remove the environment and the caches
	rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis
