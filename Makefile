# make demo, make test: each sets up all it needs in a virtual environment of its own. PYTHON=python3.12 chooses another.
PYTHON ?= python3
VENV := $(if $(filter python3,$(PYTHON)),.venv,.venv-$(notdir $(PYTHON)))
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCH := .venv-bench
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_CONSTRAINT=constraints.txt
# pyright ships in its wheel and so does its node: with this it never looks for a newer one.
export PYRIGHT_PYTHON_IGNORE_WARNINGS = 1

.PHONY: demo test quick lint types unit fuzz bench bench-memory format clean

demo: $(READY)
	$(BIN)/python -m examples.demo

test: $(READY) lint types unit

# The tests without the type checkers and the linters, for another Python.
quick: $(READY)
	$(BIN)/pytest -q -n 2 --ignore tests/typing --ignore tests/architecture --ignore tests/interop --ignore tests/browser

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(READY)
	$(BIN)/mypy
	PATH="$(CURDIR)/$(BIN):$$PATH" pyright
	PATH="$(CURDIR)/$(BIN):$$PATH" pyright --verifytypes asgikit --ignoreexternal > $(VENV)/types.txt || { cat $(VENV)/types.txt; exit 1; }
	@grep "Type completeness score: 100%" $(VENV)/types.txt

unit: $(READY)
	$(BIN)/pytest -q -n 2

# The laws with thousands of new examples each; takes minutes.
fuzz: $(READY)
	$(BIN)/pytest -q -n 2 property_tests --hypothesis-profile fuzz --timeout 3000

bench: $(BENCH)/.ready
	$(BENCH)/bin/python -m benchmarks

# The memory of a server while 1 GB goes through it; needs Linux.
bench-memory: $(BENCH)/.ready
	$(BENCH)/bin/python -m benchmarks.memory

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv .venv-* .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist

$(READY): pyproject.toml requirements-dev.txt constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) $(BIN)/pip install -q -r requirements-dev.txt
	$(PIP) $(BIN)/pip install -q --no-build-isolation --no-deps -e .
	$(BIN)/pyright --version
	touch $@

$(BENCH)/.ready: pyproject.toml requirements-bench.txt constraints.txt
	$(PYTHON) -m venv $(BENCH)
	$(PIP) $(BENCH)/bin/pip install -q -r requirements-bench.txt
	$(PIP) $(BENCH)/bin/pip install -q --no-build-isolation --no-deps -e .
	touch $@
