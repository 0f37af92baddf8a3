# Everything a person runs. Each target sets up what it needs first; a second run sets nothing up again.
PYTHON ?= python3
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif

.PHONY: help setup demo test check coverage soak lock clean

help:
	@echo "make demo   release 12 batches end to end in a real browser"
	@echo "make test   checks, pytest and the Robot acceptance tests"
	@echo "make check  lint, types, import arrows, suites"
	@echo "make coverage   the tests again, and what they do not run"
	@echo "make soak   the long forms of the tests"

setup:
	@$(PYTHON) scripts/setup.py

demo: setup
	@$(BIN)/batchwright demo

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/robocop check bots keywords/steps
	$(BIN)/robocop check --ignore DOC01 --ignore DOC02 --ignore VAR05 robot_tests
	$(BIN)/batchwright rules check

test: setup
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile
	$(BIN)/python scripts/acceptance.py

coverage: setup
	$(BIN)/python scripts/measure_coverage.py -n auto --maxprocesses 4 --dist loadfile

soak: setup
	BATCHWRIGHT_SOAK=1 $(BIN)/python -m pytest
	$(BIN)/python scripts/acceptance.py

lock:
	uv pip compile pyproject.toml --extra dev --extra bench --extra fast --extra models --extra planning --extra twin --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-header -o requirements-dev.txt
	uv pip compile pyproject.toml --extra models --extra planning --extra twin --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-header -c requirements-dev.txt -o requirements.txt

clean:
	rm -rf .venv .batchwright build dist
