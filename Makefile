# make demo, make test: each sets up all it needs in a virtual environment of its own. PYTHON=python3.12 chooses another.
PYTHON ?= python3
VENV := $(if $(filter python3,$(PYTHON)),.venv,.venv-$(notdir $(PYTHON)))
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCH := .venv-bench
CONFORMANCE := .venv-conformance
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_CONSTRAINT=constraints.txt
# pyright ships in its wheel and so does its node: with this it never looks for a newer one.
export PYRIGHT_PYTHON_IGNORE_WARNINGS = 1

.PHONY: demo test quick lint types unit fuzz bench bench-memory conformance-report format clean

demo: $(READY)
	$(BIN)/python -m examples.demo

test: $(READY) lint types unit

# The tests without the type checkers and the linters, for another Python.
quick: $(READY)
	$(BIN)/pytest -q -n 3 --ignore tests/typing --ignore tests/architecture --ignore tests/interop --ignore tests/browser \
		--ignore tests/conformance/tiny --ignore tests/conformance/server \
		--ignore tests/conformance/corpus --ignore tests/conformance/corpus_servers

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
	$(BIN)/pytest -q -n 3

# The laws with thousands of new examples each; takes minutes.
fuzz: $(READY)
	$(BIN)/pytest -q -n 2 property_tests --hypothesis-profile fuzz --timeout 3000

bench: $(BENCH)/.ready
	$(BENCH)/bin/python -m benchmarks
	$(BENCH)/bin/python -m benchmarks.checker
	$(BENCH)/bin/python -m benchmarks.channels
	$(BENCH)/bin/python -m benchmarks.sockets
	$(BENCH)/bin/python -m benchmarks.observing
	$(BENCH)/bin/python -m benchmarks.clients

# The memory of a server while 1 GB goes through it; needs Linux.
bench-memory: $(BENCH)/.ready
	$(BENCH)/bin/python -m benchmarks.memory

# The kit over other frameworks and servers; Python 3.12 or newer, as the newest Django needs it: PYTHON=python3.13
# WITHHELD=file: the verdicts on findings that are not published yet. ONLY="uvicorn starlette": these alone, without the page.
conformance-report: $(CONFORMANCE)/.ready
	$(CONFORMANCE)/bin/python -m benchmarks.conformance $(if $(WITHHELD),--withheld $(WITHHELD)) $(if $(ONLY),--only $(ONLY))

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(CONFORMANCE)/.ready: pyproject.toml requirements-conformance.txt constraints-conformance.txt
	$(PYTHON) -m venv $(CONFORMANCE)
	PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_CONSTRAINT=constraints-conformance.txt $(CONFORMANCE)/bin/pip install -q -r requirements-conformance.txt
	PIP_DISABLE_PIP_VERSION_CHECK=1 $(CONFORMANCE)/bin/pip install -q --no-build-isolation --no-deps -e .
	touch $@

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
