# make demo   set up, then run the default experiment to its figures
# make test   set up, then run every test
PYTHON ?= python3
CORES ?= all
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TARGETS ?=
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES)

.PHONY: demo test figures lint clean lock

demo: $(STAMP)
	$(SNAKEMAKE)

figures: $(STAMP)
	$(SNAKEMAKE) figures

test: $(STAMP)
	$(BIN)/python -m pytest

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/snakemake --lint

clean:
	rm -rf results/* .snakemake

# The lock lists every package, so pip resolves nothing. Where the platform's build of torch needs
# accelerator libraries, torch itself pins them: the second call adds exactly those.
$(STAMP): requirements.lock
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Nurture needs Python 3.11 or newer, and $(PYTHON) is " + sys.version.split()[0] + "; name another with: make demo PYTHON=python3.12")'
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep '^torch==' requirements.lock)"
	touch $@

lock:
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -r requirements.in
	$(BIN)/python -m pip install --quiet --no-deps -r requirements-data.in
	( echo "# Every package, pinned. Made by 'make lock' from requirements.in and requirements-data.in."; \
	  $(BIN)/python -m pip freeze --all --exclude pip | sed 's/+cpu$$//' ) > requirements.lock
	touch $(STAMP)
