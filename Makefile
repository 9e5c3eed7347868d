# Two commands are all the set-up there is: `make setup` (once) and `make run`.
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
DEMO_HOME ?= var
STREAM := $(firstword $(wildcard ../shared/data/messages_stream.jsonl packs/qijiang/samples/messages.jsonl))
LABELLED := $(firstword $(wildcard ../shared/data/qijiang_dev.jsonl packs/qijiang/samples/labelled.jsonl))
export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# The cold-start model of the pack: made anew after a change of phrasebook or catalogue.
model: setup
	$(BIN)/liandong learn --base packs/qijiang/model/base.npz --pack packs/qijiang

.PHONY: model setup run pictures pictures-demo test test-packages test-sqlite test-postgres test-browser lint format bench bench-routing mutate docs clean

setup: $(STAMP)

# uv comes from pip; every other package must match its hash in the lock.
$(STAMP): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	touch $@

run: setup
	@PORT=$(PORT) LIANDONG_HOME="$${LIANDONG_HOME:-$(DEMO_HOME)}" scripts/run-demo.sh $(BIN)/liandong "$(STREAM)"

# Everything that decides whether a change is good.
test: setup test-packages lint test-sqlite test-postgres test-browser
	@echo "make test: everything passed"

test-packages:
	@scripts/install-test-packages.sh

test-sqlite:
	$(BIN)/pytest -n 2 --dist loadfile -m "not browser"

test-postgres:
	LIANDONG_TEST_DB=postgres $(BIN)/pytest -n 2 --dist loadfile -m "not browser" \
		tests/casework tests/api tests/engine tests/registers tests/channels tests/open311 \
		tests/cli/test_cli_kill.py tests/cli/test_cli_postgres.py

test-browser:
	@if [ -d tests/browser ]; then $(BIN)/pytest -m browser tests/browser; fi

# The pictures of the README and the guides, taken while the days of all roles are walked on the pack's own samples.
pictures: setup test-packages
	LIANDONG_PICTURES=$(CURDIR)/docs/pictures $(BIN)/pytest -m browser tests/browser/test_days.py

# Those of registers, evaluation and reports, from a demonstration that `make run` serves beside this.
pictures-demo: setup
	LIANDONG_PICTURES=$(CURDIR)/docs/pictures $(BIN)/python tests/browser/demo_pictures.py http://127.0.0.1:$(PORT)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Benchmarks say so and end well where their data is absent.
bench: setup
	@scripts/install-test-packages.sh || echo "bench: without these packages the parts that need them are left out"
	$(BIN)/python $(firstword $(wildcard bench/run.py) bench/throughput.py)

bench-routing: setup
	$(BIN)/python bench/routing.py $(LABELLED)

mutate: setup
	$(BIN)/python bench/mutate.py

docs: setup
	$(BIN)/python scripts/generate_docs.py

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
