# make demo    install into .venv and balance a table that ships with Poise
# make test    install the test extras and run the tests
# make check   the whole gate: format, lint, types, import contracts, tests, doctests
# make bench   time against imbalanced-learn, side by side

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := $(shell find src -type f -not -name "*.pyc") CMakeLists.txt pyproject.toml README.md LICENSE
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test check format bench clean

demo: $(VENV)/.demo
	$(BIN)/python examples/demo.py

test: $(VENV)/.test
	$(BIN)/python -m pytest -n auto

check: $(VENV)/.check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n auto --doctest-modules --pyargs poise tests README.md docs

format: $(VENV)/.check
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.test
	$(BIN)/python benchmarks/small_tables.py

clean:
	rm -rf $(VENV) demo-output

# Poise goes in as a plain wheel, built in isolation, so that what is tested is what is shipped.
$(VENV)/.demo: $(SOURCES) | $(BIN)/python
	$(PIP_INSTALL) --upgrade ".[plot,cli]"
	touch $@

$(VENV)/.test: $(SOURCES) | $(BIN)/python
	$(PIP_INSTALL) --upgrade ".[test]"
	touch $@ $(VENV)/.demo

$(VENV)/.check: $(SOURCES) | $(BIN)/python
	$(PIP_INSTALL) --upgrade ".[check]"
	touch $@ $(VENV)/.test $(VENV)/.demo

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
