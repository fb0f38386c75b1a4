# What a person runs. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help

.PHONY: help
help: ## List what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

$(VENV)/installed: requirements.lock pyproject.toml
	@echo "Installing into $(VENV) (once; a minute or so) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: up
up: $(VENV)/installed ## Start homeserver, bridge and robots; Ctrl-C stops them
	@exec $(BIN)/chaperone up

.PHONY: lint
lint: $(VENV)/installed ## Style, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: test
test: lint ## Everything: lint, types, contracts, unit, integration and end to end
	$(BIN)/pytest

.PHONY: prove
prove: $(VENV)/installed ## The long proofs in full
	CHAPERONE_PROVE=1 $(BIN)/pytest -m prove

.PHONY: bench
bench: $(VENV)/installed ## The benchmarks, each as ratios measured side by side in one run
	$(BIN)/python -m tests.bench

.PHONY: lock
lock: ## Pin what pyproject.toml asks for, with hashes (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	  --custom-compile-command "make lock" --extra test pyproject.toml -o requirements.lock
