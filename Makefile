# Everything starts here:  make demo  and  make test  need make, Python 3.11 and nothing else.
# Another Python:          make test PYTHON=/path/to/python3.12

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.ONESHELL:

PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
# For make train:
CHIPS ?= 4600
MINUTES ?= 100
THREADS ?= 1
SEED ?= 1
PINS := pyproject.toml requirements/build.txt requirements/run.txt requirements/develop.txt
# Nothing is compiled ahead: Python keeps what it compiles when it first needs it.
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet --no-compile
# Only files of which the SHA-256 stands in requirements/ are taken, and nothing else is looked for:
# neither a newer version nor what an older one of pip would fetch to build a package.
HASHED := --require-hashes --no-deps
HERE := --no-deps --no-build-isolation -e .

export NO_MKDOCS_2_WARNING := 1
export MPLBACKEND := Agg
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- the project's own Python -------------------------------------------------------------------

$(VENV)/.made: tools/make-venv.sh
	@bash tools/make-venv.sh "$(VENV)" "$(PYTHON)"
	touch $@

$(VENV)/.runtime: $(VENV)/.made $(PINS)
	@echo "Installing what vallum needs to run ..."
	$(PIP) $(HASHED) --only-binary :all: -r requirements/build.txt
	$(PIP) $(HASHED) --only-binary :all: -r requirements/run.txt
	$(PIP) $(HERE)
	touch $@

$(VENV)/.development: $(VENV)/.made $(PINS) tools/setup-tests.sh
	@echo "Installing what vallum and its tests and documents need ..."
	$(PIP) $(HASHED) --only-binary :all: -r requirements/build.txt
	$(PIP) $(HASHED) --no-build-isolation -r requirements/develop.txt
	$(PIP) $(HERE)
	bash tools/setup-tests.sh
	touch $@ $(VENV)/.runtime

$(VENV)/.training: $(VENV)/.runtime
	@echo "Installing what the training needs; PyTorch is large, and not pinned by hash ..."
	$(PIP) -c constraints.txt --no-build-isolation -e '.[train]'
	touch $@

# --- for everybody ------------------------------------------------------------------------------

.PHONY: demo
demo: $(VENV)/.runtime ## run the whole flow on a simulated border (demo-border, made anew)
	@$(BIN)/vallum demo --yes

.PHONY: install
install: $(VENV)/.runtime ## set up vallum here, as .venv/bin/vallum
	@echo "Installed. Next: $(BIN)/vallum --help"

# --- for people who change vallum ---------------------------------------------------------------

.PHONY: test
test: $(VENV)/.development lint page unit docs ## everything that must hold before a change goes in
	@echo "All checks passed."

.PHONY: lint
lint: $(VENV)/.development ## style, types and which room may import which
	@set -x
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

.PHONY: unit
unit: $(VENV)/.development ## the tests
	@set -x
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: coverage
coverage: $(VENV)/.development ## the tests again, with the branches that they cover; takes longer
	@set -x
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --cov --cov-report=term

.PHONY: page
page: ## the review page: types, its tests, and that the committed bundle was built from its sources
	@bash tools/check-page.sh

.PHONY: bundle
bundle: ## build the review page into src/vallum/web/static; needs Node, users of vallum do not
	@cd frontend
	npm ci --no-audit --no-fund
	npm run build

.PHONY: docs
docs: $(VENV)/.development ## check the reference pages and build the documentation into site/
	@set -x
	$(BIN)/python tools/reference.py --check
	$(BIN)/mkdocs build --strict --quiet

.PHONY: format
format: $(VENV)/.development ## rewrite the code in the house format
	$(BIN)/ruff check --fix-only --exit-zero .
	$(BIN)/ruff format .

.PHONY: reference
reference: $(VENV)/.development ## write docs/reference/ anew from the code
	$(BIN)/python tools/reference.py

.PHONY: bench
bench: $(VENV)/.development ## run every benchmark, or NAMES="speed store"; tables, and what became slower (STRICT=1 fails then)
	@$(BIN)/python benchmarks/bench.py $(if $(STRICT),--strict) $(if $(RELEASE),--release) $(if $(TIMEOUT),--timeout $(TIMEOUT)) $(NAMES)

.PHONY: train
train: $(VENV)/.training ## train the detector's network anew, on this machine's processor
	@chips=build/train/chips; out=build/train/lines.onnx
	mkdir -p "$$chips"
	share=
	if [ ! -d "$${VALLUM_SHARED:-../shared}/data/imagery/naip-nd-10dates" ]; then
	    echo "No real images beside the project: all grounds will be procedural."
	    share='--share-real 0'
	fi
	$(BIN)/python tools/train/chips.py "$$chips" --chips $(CHIPS) --seed $(SEED) $$share
	$(BIN)/python tools/train/train.py "$$chips" build/train/run \
	    --minutes $(MINUTES) --threads $(THREADS) --seed $(SEED)
	$(BIN)/python tools/train/export.py build/train/run/last.pt "$$chips" "$$out"
	echo "Made $$out; the packaged network was not touched. To use it:"
	echo "  cp $$out src/vallum/data/detection/lines.onnx"
	echo "and then the steps of docs/how-to/train-the-detector.md: every score changes with it."

.PHONY: torture
torture: $(VENV)/.development ## measure every promise in full, or NAMES="F4 F6", and write docs/explain/trust.md; an hour or two
	@cd tests
	PYTHONPATH=. ../$(BIN)/python -m torture $(NAMES)

# --- what vallum is made of -----------------------------------------------------------------------

.PHONY: constraints
constraints: $(VENV)/.development ## pin what is installed now: constraints.txt, requirements/, and the list of parts
	bash tools/pins.sh $(BIN)/python
	$(BIN)/python tools/sbom.py

.PHONY: sbom
sbom: $(VENV)/.development ## write requirements/sbom.cdx.json: every part, its licence, its hash
	@$(BIN)/python tools/sbom.py

.PHONY: audit
audit: $(VENV)/.development ## licences of all parts; known weaknesses, where VALLUM_ADVISORIES names a copy of them
	@$(BIN)/python tools/licences.py --brief
	$(BIN)/python tools/sbom.py --check
	$(BIN)/python tools/audit.py

.PHONY: wheel
wheel: $(VENV)/.development ## build dist/vallum-*.whl twice, and keep it if both are the same
	@bash tools/wheel.sh $(BIN)/python dist

.PHONY: clean
clean: ## remove what was made here; your projects and the demo border stay
	rm -rf $(VENV) site build frontend/node_modules dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* htmlcov
	find src tests tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
