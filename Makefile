# Two commands: `make demo` runs the main job on real data, `make test` proves it. Both set up .venv first.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.DELETE_ON_ERROR:
.PHONY: setup demo test check bench bench-quick bench-start clean

setup: $(READY)

# Rebuilt only when what is installed would change, so a second set-up costs nothing.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Cutline needs Python 3.11 or newer; set PYTHON=/path/to/python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	touch $@

demo: $(READY)
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh examples/demo.sh

# The fast checks: style, imports, types.
check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/pyright

test: check
	$(BIN)/python -m pytest -n 2 --dist loadfile --ignore tests/lessons/browser
	$(BIN)/python -m pytest -n 2 --doctest-modules src/cutline --ignore-glob 'src/cutline/lessons/0*.py'
	PYTHON=$(BIN)/python sh tests/lessons/browser.sh -n 2

# Cutline beside its peers. The first writes docs/benchmarks.md and wants a quiet machine and an hour or two.
bench: $(VENV)/.peers
	$(BIN)/python benchmarks/run.py --write

bench-quick: $(VENV)/.peers
	$(BIN)/python benchmarks/run.py --quick

$(VENV)/.peers: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,bench]'
	touch $@

bench-start: $(READY)
	$(BIN)/python benchmarks/start.py

clean:
	rm -rf $(VENV) demo dist .pytest_cache .ruff_cache .hypothesis
