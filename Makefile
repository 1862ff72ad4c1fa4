# make demo needs Python 3.11 or later and nothing else; the other targets set themselves up as well.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q

.PHONY: demo test check docs lock clean

demo: .venv/run.stamp
	$(BIN)/handover demo

test: .venv/dev.stamp
	$(BIN)/python -m pytest -n 2

check: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/tach check
	$(BIN)/python docs/generate.py --check

docs: .venv/dev.stamp
	$(BIN)/python docs/generate.py

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "handover needs Python 3.11 or later: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv .venv

.venv/run.stamp: requirements/build.txt requirements/run.txt pyproject.toml | .venv/bin/python
	$(PIP) install --require-hashes -r requirements/build.txt -r requirements/run.txt
	$(PIP) install --no-build-isolation --no-deps -e .
	touch $@

.venv/dev.stamp: .venv/run.stamp requirements/dev.txt
	$(PIP) install --require-hashes -r requirements/dev.txt
	touch $@

# Pins and hashes anew for every platform and Python from 3.11 on; needs uv on the PATH.
COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url
lock:
	$(COMPILE) pyproject.toml -o requirements/run.txt
	$(COMPILE) pyproject.toml --group dev -c requirements/run.txt -o requirements/dev.txt
	echo hatchling | $(COMPILE) - -c requirements/dev.txt -o requirements/build.txt

clean:
	rm -rf .venv build dist handover-demo .mypy_cache .pytest_cache .ruff_cache .hypothesis
