# make demo   set up, then run the default experiment to its figures
# make test   set up, then run every test
# make quick  run the tests of the chapters that differ from the last commit, without whole runs
# make browser-test     look at the report and the experiment in a real browser; as root, gets Chromium where it is missing
# make missing     say which files of the published experiment (config/paper.yaml) are missing
# make terms       say under which terms face sets and weights are to be had
# make libraries-test   run networks of torchvision and timm from these packages themselves
# make layers NETWORK=... [CONFIG=...]     list the layers of a network
# make check-faces SET=... [CONFIG=...]    count and draw the faces of a stimulus set
# make weights-check FILE=...     say what a file of weights is
# make rehearsal   run the published experiment on rendered faces and random weights
# make docs      build the documentation as a site, into results/site
# make calibration   measure how often tests reject what is true, and write docs/calibration.md
# make bench      measure what Nurture costs, beside others: see docs/benchmarks.md
# make gpu-check  compare a GPU with the CPU, and time it; needs no .venv but PyTorch with CUDA
# make slurm-test   start a SLURM of several nodes and compare a run through it with a local one
# make container-test   build the Dockerfile and compare a run in it with a local one
PYTHON ?= python3
CORES ?= all
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TESTS := $(VENV)/.installed-test
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES)

# Modules are compiled when they are first imported, and not each time by each process.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test quick browser-test libraries-test figures lint clean lock missing terms layers check-faces weights-check rehearsal docs bench calibration gpu-check slurm-test container-test install install-tests always

# An empty environment, $(1), in the place of one that make has made, and of nothing else.
define environment
	@if [ -L $(1) ] || { [ -e $(1) ] && [ ! -f $(1)/.begun ] && [ ! -f $(1)/.installed ]; }; then \
	  echo "make: $(1) was not made by make and is left alone; move it away and call again" >&2; \
	  exit 1; fi
	rm -rf $(1)
	@mkdir $(1) && touch $(1)/.begun
	$(2) -m venv $(1)
endef

demo: $(STAMP)
	$(SNAKEMAKE)

figures: $(STAMP)
	$(SNAKEMAKE) figures

# One thread of linear algebra in each process: two would wait for each other.
test: $(TESTS)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

quick: $(TESTS)
	@OMP_NUM_THREADS=1 $(BIN)/python -m tests.quick

# First the small page that the tests make, then the report of a run, where there is one.
REPORT := results/report.html
LOOK := $(BIN)/python -m pytest tests/report/test_report_browser.py
SESSION := $(BIN)/python -m pytest tests/observers/test_session_browser.py
browser-test: $(TESTS)
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -qq && \
	    apt-get install -qq -y --no-install-recommends chromium chromium-driver; \
	  else echo "browser-test needs chromium and chromium-driver: install them as root"; exit 1; fi
	$(LOOK)
	$(SESSION)
	test ! -f $(REPORT) || NURTURE_REPORT=$(REPORT) $(LOOK)

# The lock's torch and PyPI's torchvision may be builds for different processors, so these packages
# get a torch of their own: an environment of several GB that takes all else from the first one.
# Where it cannot be had, the tests are not run.
LIBRARIES := .venv-libraries
LIBRARIES_LOG := results/libraries.log
PLACE := import sysconfig; print(sysconfig.get_path("purelib"))
libraries-test: $(TESTS)
	@if $(MAKE) --no-print-directory $(LIBRARIES)/.installed >$(LIBRARIES_LOG) 2>&1; then \
	  OMP_NUM_THREADS=1 $(LIBRARIES)/bin/python -m pytest -n 2 --dist loadfile \
	    tests/networks/test_libraries.py tests/workflow/test_libraries.py; \
	else echo "libraries-test was skipped: $$(grep -v '^make' $(LIBRARIES_LOG) | tail -n 1)"; fi

$(LIBRARIES)/.installed: tests/libraries.txt $(STAMP)
	$(call environment,$(LIBRARIES),$(BIN)/python)
	$(BIN)/python -c '$(PLACE)' >"$$($(LIBRARIES)/bin/python -c '$(PLACE)')/lock.pth"
	$(LIBRARIES)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	$(LIBRARIES)/bin/python -c 'import timm, torchvision'
	touch $@

# Sphinx imports the package for its docstrings, so it gets all else from the first environment.
DOCS := .venv-docs
docs: $(DOCS)/.installed
	$(DOCS)/bin/python -m sphinx --quiet --fail-on-warning --keep-going -c docs . results/site

$(DOCS)/.installed: docs/requirements.txt $(TESTS)
	$(call environment,$(DOCS),$(BIN)/python)
	$(BIN)/python -c '$(PLACE)' >"$$($(DOCS)/bin/python -c '$(PLACE)')/lock.pth"
	echo "$(CURDIR)/workflow" >>"$$($(DOCS)/bin/python -c '$(PLACE)')/lock.pth"
	$(DOCS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r $<
	touch $@

lint: $(TESTS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/mypy
	$(BIN)/snakemake --lint

# Short forms of the command `nurture`, from this folder's sources.
NURTURE := PYTHONPATH=workflow $(BIN)/python -m nurture.command
missing: $(STAMP)
	@$(NURTURE) missing

terms: $(STAMP)
	@$(NURTURE) terms

layers: $(STAMP)
	@$(NURTURE) layers $(NETWORK) $(if $(CONFIG),--config $(CONFIG))

check-faces: $(STAMP)
	@$(NURTURE) check-faces $(SET) $(if $(CONFIG),--config $(CONFIG))

weights-check: $(STAMP)
	@$(NURTURE) weights-check $(FILE)

REHEARSE := $(SNAKEMAKE) --configfile results/rehearsal/paper.yaml config/rehearsal.yaml
rehearsal: $(STAMP)
	$(BIN)/python tests/rehearsal.py
	$(REHEARSE)
	$(REHEARSE) config/paper-affectnet.yaml

# Machines with GPUs are often bare: PYTHON is the one that has PyTorch.
gpu-check:
	@PYTHONPATH=workflow:. $(PYTHON) -m benchmarks.gpu_check

calibration: $(STAMP)
	PYTHONPATH=workflow:. OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.calibration

# thingsvision pins an old torchvision, so it gets a recent one in an environment of its own. Where
# that cannot be had, the other lines are measured all the same. One thread everywhere, and freed
# memory is kept as in the workflow's jobs (workflow/rules/head.smk).
PEER := .venv-thingsvision
KEEP := MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=4294967296 MALLOC_TOP_PAD_=67108864
bench: $(TESTS)
	-test -f $(PEER)/.installed || $(MAKE) $(PEER)/.installed
	PYTHONPATH=workflow:. OMP_NUM_THREADS=1 $(KEEP) $(BIN)/python -m benchmarks $(BENCH) \
	  $$(test ! -f $(PEER)/.installed || echo --thingsvision $(PEER)/bin/python)

$(PEER)/.installed: benchmarks/thingsvision.txt
	$(call environment,$(PEER),$(PYTHON))
	$(PEER)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	$(PEER)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps thingsvision==2.7.3
	touch $@

slurm-test: $(TESTS)
	tests/slurm/run.sh

# Where it cannot be had, it ends with 77 and one line that says why.
container-test: $(STAMP)
	tests/container/run.sh

clean:
	rm -rf results/* .snakemake

# The stamps are copies of the locks that were installed: time stamps do not count.
$(STAMP): always
	@cmp -s requirements.lock $@ || $(MAKE) --no-print-directory install

$(TESTS): $(STAMP) always
	@cmp -s requirements-test.lock $@ || $(MAKE) --no-print-directory install-tests

# uv installs the same in less time, where it is at hand; `make UV=` does without it. Neither compiles
# modules, most of which are never imported; those that are, are compiled then.
UV := $(shell command -v uv 2>/dev/null)
INSTALL := $(if $(UV),"$(UV)" pip install --python $(VENV),$(BIN)/python -m pip install --no-compile --disable-pip-version-check)

# The lock lists every package, so nothing is resolved. Twenty at a time, so that one sees how far it is.
define packages
	@echo "make: $$(grep -c == $(1)) packages of $(1) go into $(VENV), by $(if $(UV),uv,pip)"
	grep == $(1) | xargs -n 20 $(INSTALL) --no-deps
endef

# Where the platform's build of torch needs accelerator libraries, torch itself pins them: the second
# call adds exactly those. The third lets the package be imported, and makes its command.
install:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Nurture needs Python 3.11 or newer, and $(PYTHON) is " + sys.version.split()[0] + "; name another with: make demo PYTHON=python3.12")'
	$(call environment,$(VENV),$(PYTHON))
	$(call packages,requirements.lock)
	$(INSTALL) "$$(grep '^torch==' requirements.lock)"
	$(INSTALL) --no-deps --no-build-isolation --editable .
	cp requirements.lock $(STAMP)

install-tests:
	@if [ -L $(VENV) ]; then \
	  echo "make: $(VENV) was not made by make and is left alone; move it away and call again" >&2; \
	  exit 1; fi
	$(call packages,requirements-test.lock)
	cp requirements-test.lock $(TESTS)

FREEZE := $(BIN)/python -m pip freeze --all --exclude pip --exclude nurture | sed 's/+cpu$$//'
lock:
	$(call environment,$(VENV),$(PYTHON))
	$(INSTALL) --editable '.[workflow]'
	$(INSTALL) --no-deps -r requirements-data.in
	( echo "# What runs need, pinned. Made by 'make lock' from pyproject.toml and requirements-data.in."; \
	  $(FREEZE) ) > requirements.lock
	$(INSTALL) --constraint requirements.lock --editable '.[test]'
	$(INSTALL) --no-deps axe-playwright-python
	( echo "# What tests and linters need besides requirements.lock, pinned. Made by 'make lock'."; \
	  $(FREEZE) | grep -vxFf requirements.lock ) > requirements-test.lock
	cp requirements.lock $(STAMP)
	cp requirements-test.lock $(TESTS)
