# Everything a person runs. Each target sets up what it needs first; a second run sets nothing up again.
PYTHON ?= python3
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif

.PHONY: help setup demo test check pack docs wheel coverage soak lock clean

help:
	@echo "make demo   release 12 batches end to end in a real browser"
	@echo "make test   checks, pytest and the Robot acceptance tests"
	@echo "make check  lint, types, import arrows, suites"
	@echo "make pack   the validation pack of this commit, after make test"
	@echo "make docs   the documentation as pages, every link followed"
	@echo "make wheel  build what people install, and try it in an environment that knows nothing else"
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
	$(BIN)/robocop check --ignore DOC01 --ignore DOC02 --ignore VAR05 robot_tests docs/examples
	$(BIN)/batchwright rules check
	$(BIN)/batchwright validation check

# Tests wait for browsers and child processes half of their time: two at once for each core.
WORKERS = $(shell $(PYTHON) -c "import os; print(min(8, 2 * (os.cpu_count() or 1)))")
EVIDENCE := .batchwright/validation-evidence

test: setup
	$(BIN)/batchwright validation begin --evidence $(EVIDENCE)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --junitxml $(EVIDENCE)/junit.xml
	$(BIN)/python scripts/acceptance.py
	@$(PYTHON) -c "import shutil; shutil.copy('.batchwright/acceptance/output.xml', '$(EVIDENCE)/output.xml')"
	$(BIN)/batchwright rules check --format json > $(EVIDENCE)/rules.json
	$(BIN)/batchwright rules mutate --format json > $(EVIDENCE)/mutation.json
	$(BIN)/batchwright validation site-checks --evidence $(EVIDENCE)
	$(BIN)/batchwright validation backup-drill --evidence $(EVIDENCE)
	@$(PYTHON) -c "import pathlib; pathlib.Path('$(EVIDENCE)/benchmarks').mkdir(exist_ok=True)"
	$(BIN)/python benchmarks/startup.py --format json --answers-only --rounds 3 > $(EVIDENCE)/benchmarks/startup.json
	$(BIN)/python benchmarks/rules.py --format json --batches 10 --rounds 3 > $(EVIDENCE)/benchmarks/rules.json
	$(BIN)/batchwright validation seal --evidence $(EVIDENCE)

pack: setup
	$(BIN)/batchwright validation pack --evidence $(EVIDENCE) --out .batchwright/validation

docs: setup
	$(BIN)/python scripts/docs_site.py

wheel: setup
	BATCHWRIGHT_SOAK=1 $(BIN)/python -m pytest tests/integration/test_wheel.py

coverage: setup
	$(BIN)/python scripts/measure_coverage.py -n $(WORKERS) --dist loadfile --no-loadscope-reorder

soak: setup
	BATCHWRIGHT_SOAK=1 $(BIN)/python -m pytest
	$(BIN)/python scripts/acceptance.py

lock:
	uv pip compile pyproject.toml --extra dev --extra bench --extra docs --extra fast --extra models --extra planning --extra twin --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-header -o requirements-dev.txt
	uv pip compile pyproject.toml --extra models --extra planning --extra twin --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-header -c requirements-dev.txt -o requirements.txt

clean:
	rm -rf .venv .batchwright build dist
