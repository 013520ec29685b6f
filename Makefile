# Every target installs what it needs into $(VENV), with the versions of $(CONSTRAINTS). The demo
# needs the package and matplotlib; what the other targets need is added when one is called.

PYTHON ?= python3
DATA ?=
RESULTS ?= benchmark_results
VENV := .venv
CONSTRAINTS := constraints.txt
PY := $(VENV)/bin/python
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --constraint $(CONSTRAINTS)
INSTALLED_FOR_DEMO := $(VENV)/.installed-for-demo
INSTALLED := $(VENV)/.installed
EXTRAS := plot,export,test,doc,dev
# These libraries hold other packages back, so that each has an environment of its own.
COMPAT := aeon sktime
# Seconds of damaged files, of each kind; mutants, of each module.
SECONDS := 600
MUTANTS := 40
# What benchmarks/comparison/rivals.py imports beyond the package's requirements.
RIVALS := aeon interpret-core

.DEFAULT_GOAL := help
.PHONY: help venv demo test test-compat coverage mutants fuzz lint types doc benchmark table rivals clean

help:
	@echo "make demo        classify a real data set with a program, and show it"
	@echo "make test        run the tests and the examples in docstrings; with the oldest versions:"
	@echo "                 make test CONSTRAINTS=constraints-oldest.txt VENV=.venv-oldest"
	@echo "make test-compat test the adapters to aeon and sktime, with the checks of both"
	@echo "make coverage    run the tests, and show how much of the search they reach"
	@echo "make mutants     break modules on purpose, and see whether their tests notice;"
	@echo "                 MUTANTS=40 in each"
	@echo "make fuzz        damage files, and see that they are refused or read;"
	@echo "                 SECONDS=600 for each kind"
	@echo "make lint        check style and formatting"
	@echo "make types       check types"
	@echo "make doc         build the documentation, into doc/_build/html"
	@echo "make benchmark   measure speed and accuracy; DATA=folder of data sets"
	@echo "make table       compare all systems on all data sets, from where it was interrupted;"
	@echo "                 DATA=folder of data sets, RESULTS=folder for what comes of it"
	@echo "make rivals      install what the systems ebm and minirocket need, into $(VENV)-rivals"
	@echo "make venv        only install, for all of these, into $(VENV)"
	@echo "make clean       remove what the other targets made"

venv: $(INSTALLED)

$(INSTALLED): $(INSTALLED_FOR_DEMO)
	$(PIP_INSTALL) --editable '.[$(EXTRAS)]'
	touch $@

$(INSTALLED_FOR_DEMO): pyproject.toml setup.py $(CONSTRAINTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	  "Python 3.11 or newer is needed, this is %d.%d: make PYTHON=python3.12" % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)
	$(PIP_INSTALL) --editable '.[plot]'
	touch $@

demo: $(INSTALLED_FOR_DEMO)
	$(PY) -m sklearn_dpads.demo

# scikit-learn runs its array API checks only where scipy was told to support it. Tests of one file
# share fits, so that a file is one worker's.
test: $(INSTALLED)
	SCIPY_ARRAY_API=1 $(PY) -m pytest --numprocesses=auto --dist=loadfile

test-compat: $(COMPAT:%=test-compat-%)

.PHONY: $(COMPAT:%=test-compat-%)
$(COMPAT:%=test-compat-%): test-compat-%: $(VENV)-%/.installed
	$(VENV)-$*/bin/python -m pytest tests/compat sklearn_dpads/compat

$(COMPAT:%=$(VENV)-%/.installed): $(VENV)-%/.installed: pyproject.toml setup.py constraints-compat.txt
	$(PYTHON) -m venv $(VENV)-$*
	$(VENV)-$*/bin/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints-compat.txt --editable '.[$*]' pytest
	touch $@

# Processes that tests start are traced, too. coverage.py writes a file for each; others are left
# over where a run was ended.
coverage: $(INSTALLED)
	rm -f .coverage .coverage.*
	SCIPY_ARRAY_API=1 $(PY) -m coverage run -m pytest --numprocesses=auto --dist=loadfile
	$(PY) -m coverage combine --quiet
	$(PY) tools/covered.py

mutants: $(INSTALLED)
	$(PY) tools/mutants.py --n $(MUTANTS)

# Where there is no atheris for this machine, files are changed without its help.
fuzz: $(INSTALLED)
	-$(PIP_INSTALL) atheris
	$(PY) tools/fuzz.py --seconds $(SECONDS)

lint: $(INSTALLED)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: $(INSTALLED)
	$(PY) -m mypy

doc: $(INSTALLED)
	$(PY) -m sphinx -W --keep-going -b html doc doc/_build/html

# Those that need no data come first. DATA is the folder of the .npz files.
benchmark: $(INSTALLED)
	$(PY) benchmarks/training_step.py
	$(PY) benchmarks/recovery.py
	$(PY) benchmarks/calms21.py $(if $(DATA),--data '$(DATA)')
	$(PY) benchmarks/uea.py $(if $(DATA),--data '$(DATA)')

# Fits that are in the results already are not made again.
table: $(INSTALLED)
	$(PY) benchmarks/run.py --results '$(RESULTS)/comparison.jsonl' $(if $(DATA),--data '$(DATA)')
	$(PY) benchmarks/table.py '$(RESULTS)/comparison.jsonl' --figure '$(RESULTS)/f1_over_time.png'

# aeon holds numpy back, so that the versions of other systems' runs are not these.
rivals: $(VENV)-rivals/.installed

$(VENV)-rivals/.installed: pyproject.toml setup.py constraints-compat.txt
	$(PYTHON) -m venv $(VENV)-rivals
	$(VENV)-rivals/bin/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints-compat.txt --editable . $(RIVALS) pytest
	touch $@

clean:
	rm -rf $(VENV) $(VENV)-* build dist *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	rm -rf fuzz_failures .coverage .coverage.*
	rm -rf doc/_build doc/generated doc/auto_examples doc/sg_execution_times.rst demo_output
	find sklearn_dpads tests -name __pycache__ -type d -prune -exec rm -rf {} +
