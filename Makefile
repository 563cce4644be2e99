# `make run` and `make test` do everything on a machine that has python3 and make.
# Nothing is installed outside .venv and var/.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ATTACKERS := .venv-attacks
PORT ?= 8000
DATABASES ?= sqlite postgresql
PYTEST_ARGUMENTS ?=

# Without compiled modules each of the many programs that the tests start would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

SOURCES := config audit accounts tokens
INSTALL_TOOLS := $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-tools.txt
# uv reads no settings of pip: behind a company's own registry or certificate only pip comes through.
SAY_PIP = echo "uv could not fetch them (why: $(VENV)/uv.log); pip does it, which takes longer ..."
PIP_INSTEAD = $(SAY_PIP) && $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes

.DEFAULT_GOAL := help
.PHONY: help setup lock run test test-sqlite test-postgres browser check check-all \
	format lint types contracts migrations-check templates-check screenshots messages races faults attacks bench sbom advisories clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 20

# --- environment -------------------------------------------------------------------------------------------------

setup: $(VENV)/.complete  ## make .venv with everything that running, testing and checking need

$(BIN)/uv: requirements-tools.txt
	@echo "Making the environment in $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		$(PYTHON) -m venv --without-pip $(VENV) && $(PYTHON) -m pip --python $(BIN)/python install -q pip; }
	@$(INSTALL_TOOLS)
	@touch $@

# Installs what running needs; what is there already stays, so that `make run` never removes the test tools.
$(VENV)/.runtime: $(BIN)/uv requirements.txt
	@echo "Installing what the console needs ..."
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements.txt 2>$(VENV)/uv.log \
		|| $(PIP_INSTEAD) -r requirements.txt
	@touch $@

$(VENV)/.complete: $(BIN)/uv requirements.txt requirements-dev.txt
	@echo "Installing what the console and its tests need ..."
	@$(BIN)/uv pip sync -q --python $(BIN)/python --require-hashes requirements-tools.txt requirements-dev.txt 2>$(VENV)/uv.log \
		|| $(PIP_INSTEAD) -r requirements-tools.txt -r requirements-dev.txt
	@touch $@ $(VENV)/.runtime

lock: $(BIN)/uv  ## write requirements*.txt anew from requirements*.in
	for name in requirements requirements-dev requirements-bench requirements-attacks requirements-tools requirements-advisories; do \
		UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile -q --universal --python-version 3.11 \
			--generate-hashes $$name.in -o $$name.txt || exit 1; \
	done

# --- running -----------------------------------------------------------------------------------------------------

# The demo is for this machine alone; `make run DEMO=0` starts empty.
run: $(VENV)/.runtime  ## start the console with the demo organisations at http://localhost:8000/
	@PORT=$(PORT) DEMO=$${DEMO-1} $(BIN)/python manage.py serve --migrate

screenshots: $(VENV)/.complete  ## take the pictures of the README and of every page anew
	$(BIN)/python -m tests.screenshots

messages: $(VENV)/.complete  ## bring the catalogues in locale/ up to the texts of the code, and compile them
	$(BIN)/python -m tests.catalogues

# --- tests -------------------------------------------------------------------------------------------------------

# Side by side, because there are two cores: the first database's run is shown as it goes, the others' at their end.
test: $(VENV)/.complete  ## the suite on SQLite and on PostgreSQL, browser tests where there is a Chromium
	@mkdir -p var; others=""; \
	for database in $(wordlist 2,9,$(DATABASES)); do \
		TEST_DATABASE=$$database $(BIN)/pytest $(PYTEST_ARGUMENTS) >var/test-$$database.log 2>&1 & \
		others="$$others $$database:$$!"; \
	done; \
	trap 'for other in $$others; do kill "$${other#*:}" 2>/dev/null; done; exit 130' INT TERM; \
	echo "The suite on $(firstword $(DATABASES)); $(wordlist 2,9,$(DATABASES)) runs beside it:"; \
	TEST_DATABASE=$(firstword $(DATABASES)) $(BIN)/pytest $(PYTEST_ARGUMENTS); failed=$$?; \
	for other in $$others; do \
		wait "$${other#*:}" || failed=1; \
		echo "The suite on $${other%%:*}:"; cat "var/test-$${other%%:*}.log"; \
	done; \
	exit $$failed

test-sqlite: $(VENV)/.complete
	TEST_DATABASE=sqlite $(BIN)/pytest $(PYTEST_ARGUMENTS)

test-postgres: $(VENV)/.complete
	TEST_DATABASE=postgresql $(BIN)/pytest $(PYTEST_ARGUMENTS)

browser: $(VENV)/.complete  ## only the tests in a real browser
	$(BIN)/pytest -m "browser and not long" $(PYTEST_ARGUMENTS)

# --- checks ------------------------------------------------------------------------------------------------------

format: $(VENV)/.complete  ## put every file into the one format
	$(BIN)/ruff format .
	$(BIN)/ruff check -q --fix .

lint: $(VENV)/.complete
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

templates-check: $(VENV)/.complete
	$(BIN)/djlint templates --lint --quiet

types: $(VENV)/.complete
	$(BIN)/mypy

contracts: $(VENV)/.complete
	$(BIN)/lint-imports

migrations-check: $(VENV)/.complete
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check

check: lint templates-check types contracts migrations-check test  ## everything that must hold before a change is taken in

check-all: $(VENV)/.bench lint templates-check types contracts migrations-check  ## the same and the long tests
	$(MAKE) test PYTEST_ARGUMENTS="-m 'not alone and not elsewhere and not races' $(PYTEST_ARGUMENTS)"
	for database in $(DATABASES); do TEST_DATABASE=$$database $(BIN)/pytest -m "alone and not elsewhere" $(PYTEST_ARGUMENTS) || exit 1; done

races: $(VENV)/.complete  ## 1,000 rounds of 16 Saves on each database, 100,000 calls beside changes of rights
	for database in $(DATABASES); do \
		TEST_DATABASE=$$database $(BIN)/pytest -m "long and not alone" tests/test_races_saves.py tests/test_races_stale.py \
			$(PYTEST_ARGUMENTS) || exit 1; \
	done

faults: $(VENV)/.complete  ## kill and starve every part of the console under load; figures go to var/faults/
	TEST_DATABASE=postgresql $(BIN)/pytest -s -m faults $(wildcard tests/test_faults*.py) $(PYTEST_ARGUMENTS)

bench: $(VENV)/.bench  ## measure every figure against others (PARTS="calls reports"); results go to var/bench/
	$(BIN)/python -m tests.bench $(PARTS)

# sqlmap and wapiti pin much that the console has newer, so they live beside it.
attacks: $(VENV)/.complete $(ATTACKERS)/.complete  ## sqlmap and wapiti against a served console (PARTS="pages sql")
	$(BIN)/python -m tests.attacks $(PARTS)

$(ATTACKERS)/.complete: requirements-attacks.txt
	@$(BIN)/uv venv -q --clear --python $(BIN)/python $(ATTACKERS)
	@$(BIN)/uv pip sync -q --python $(ATTACKERS)/bin/python --require-hashes requirements-attacks.txt
	@touch $@

$(VENV)/.bench: $(VENV)/.complete requirements-bench.txt
	@echo "Installing what the console is measured against ..."
	@$(BIN)/uv pip sync -q --python $(BIN)/python --require-hashes requirements-tools.txt requirements-bench.txt 2>$(VENV)/uv.log \
		|| $(PIP_INSTEAD) -r requirements-tools.txt -r requirements-bench.txt
	@touch $@

sbom: $(VENV)/.complete  ## list the packages that run, with their licences (docs/packages.md, var/sbom.json)
	$(BIN)/python -m tests.packages

# Asks the Python Package Index about every package, so it is no part of `make check`; docs/operations.md says how often.
advisories: $(BIN)/uv  ## compare the locked packages with known advisories
	@test -x $(VENV)-advisories/bin/python || $(PYTHON) -m venv $(VENV)-advisories
	@$(BIN)/uv pip sync -q --python $(VENV)-advisories/bin/python --require-hashes requirements-advisories.txt
	@for name in requirements requirements-dev requirements-tools; do \
		echo "$$name:"; $(VENV)-advisories/bin/pip-audit --disable-pip --require-hashes -r $$name.txt || failed=1; \
	done; exit $${failed:-0}

clean:  ## remove the environment and everything that tests and checks left; var/ stays
	rm -rf $(VENV) $(VENV)-advisories .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
