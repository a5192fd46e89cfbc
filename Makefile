# make demo   set up, then run the default experiment to its figures
# make test   set up, then run every test
# make missing     say which files of the published experiment (config/paper.yaml) are missing
# make terms       say under which terms face sets and weights are to be had
# make weights-check FILE=...     say what a file of weights is
# make rehearsal   run the published experiment on rendered faces and random weights
PYTHON ?= python3
CORES ?= all
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES)

.PHONY: demo test figures lint clean lock missing terms weights-check rehearsal

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

missing: $(STAMP)
	$(SNAKEMAKE) --configfile config/paper.yaml --dry-run --quiet all

terms: $(STAMP)
	$(BIN)/python workflow/scripts/terms.py

weights-check: $(STAMP)
	$(BIN)/python workflow/scripts/weights_check.py $(FILE)

# In a folder of its own, where the results of other runs stay as they are.
REHEARSAL := results/rehearsal
REHEARSE := $(abspath $(BIN))/snakemake --cores $(CORES) --configfile config/paper.yaml
rehearsal: $(STAMP)
	$(BIN)/python workflow/scripts/rehearsal.py $(REHEARSAL)
	cd $(REHEARSAL) && $(REHEARSE) config/rehearsal.yaml
	cd $(REHEARSAL) && $(REHEARSE) config/rehearsal.yaml config/paper-affectnet.yaml

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
