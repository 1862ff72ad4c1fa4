# make demo needs Python 3.11 or later and nothing else; the other targets set themselves up as well.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q

.PHONY: demo test check docs pictures lock clean

demo: .venv/run.stamp
	$(BIN)/handover demo

test: .venv/dev.stamp
	$(BIN)/python -m pytest -n 2

check: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/tach check
	$(BIN)/python docs/generate.py --check docs/reference.md docs/governance/*.md

# what the pages show of the program; ANEW=1 also searches anew for the plans in them, which takes some minutes
docs: .venv/dev.stamp
	$(if $(ANEW),rm -rf docs/kept)
	$(BIN)/python docs/generate.py

# the pages' pictures, from the demo; needs Chromium, LibreOffice and poppler
pictures: .venv/dev.stamp
	$(BIN)/python docs/make_pictures.py

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
	$(COMPILE) --group deep -c requirements/dev.txt -o requirements/deep.txt
	echo hatchling | $(COMPILE) - -c requirements/dev.txt -o requirements/build.txt

clean:
	rm -rf .venv build dist handover-demo .mypy_cache .pytest_cache .ruff_cache .hypothesis

# Broken on purpose: each takes minutes to hours, and prints what was survived of what was tried.
.PHONY: kills leaks damage full fuzz mutants
MOST = 60
RANDOM = 8

# every writing command killed at its writes and at random instants (Linux): make kills MOST=200 RANDOM=50
kills: .venv/dev.stamp
	$(BIN)/python -m tests.kills --most $(MOST) --random $(RANDOM)

# a marker in every text field of every input, looked for wherever no child's data may be
leaks: .venv/dev.stamp
	$(BIN)/python -m tests.leaks

# databases and journals cut off, flipped and blanked: make damage COUNT=100
COUNT = 30
damage: .venv/dev.stamp
	$(BIN)/python -m tests.damage --count $(COUNT)

# every writing command where there is no room: under a limit on files, and on a tmpfs where we may mount one (Linux)
full: .venv/dev.stamp
	$(BIN)/python -m tests.full
	$(BIN)/python -c 'import sys; from tests.full import mounted; done = mounted(); print(done.stdout if done else \
	  "A file system of our own may not be mounted here."); sys.exit(done.returncode if done else 0)'

# what nobody would feed in: make fuzz MINUTES=20
MINUTES = 5
fuzz: .venv/dev.stamp
	$(BIN)/python -m tests.fuzz --minutes $(MINUTES)

# rules and checker changed one place at a time: which changes do the tests not see?
mutants: .venv/deep.stamp
	$(BIN)/mutmut run
	$(BIN)/python -m tests.mutants

# what the program is made of, as CycloneDX JSON, from the pinned requirements: sbom.json
.PHONY: sbom
sbom: .venv/deep.stamp
	$(BIN)/python docs/sbom.py >$@.json

# Benchmarks. `make bench` takes a few hours on two quiet cores; each part can be run alone.
.PHONY: bench bench-seed bench-engagements bench-county bench-stopping bench-growth bench-gap bench-delays bench-encryption bench-report bench-page bench-timefold lock-bench
BENCH = $(BIN)/python -m benchmarks

bench: .venv/bench.stamp .venv/dev.stamp bench-timefold
	$(BENCH)

# the allocation beside one peer: PEERS="by_hand timefold cpsat reference" for all
PEERS = reference
bench-seed: .venv/bench.stamp
	$(BENCH) seed --peers $(PEERS)

bench-engagements bench-county bench-stopping bench-growth bench-delays bench-encryption: bench-%: .venv/bench.stamp
	$(BENCH) $*

# make bench-gap FILES="a b" prints figures for other instances; without FILES the five kept here are measured
bench-gap: .venv/bench.stamp
	$(if $(FILES),$(BENCH).gap $(FILES),$(BENCH) gap)

# a county's report opened in Chromium, which has to be there; ten minutes, most of them for its plan
bench-report: .venv/bench.stamp .venv/dev.stamp
	$(BENCH) report

bench-page: .venv/bench.stamp
	$(BENCH) page

# in an environment of its own, and left out with a word where it cannot be had
bench-timefold:
	@if command -v java >/dev/null && $(PYTHON) -m venv .venv-timefold && .venv-timefold/bin/python -m pip \
	  --disable-pip-version-check -q install --require-hashes -r requirements/timefold.txt; then :; \
	else rm -rf .venv-timefold; echo "Timefold is left out: it needs Java 17 and its package from PyPI."; fi

.venv/deep.stamp: .venv/dev.stamp requirements/deep.txt
	$(PIP) install --require-hashes -r requirements/deep.txt
	touch $@

.venv/bench.stamp: .venv/run.stamp requirements/bench.txt
	$(PIP) install --require-hashes -r requirements/bench.txt
	touch $@

lock-bench:
	$(COMPILE) --group bench -c requirements/run.txt -o requirements/bench.txt
	echo timefold==1.24.0b0 | $(COMPILE) - --prerelease=allow -o requirements/timefold.txt
