# The front door. `make dataset` and `make test` set up whatever they need; `make help` lists the rest.
PYTHON ?= python3
ROOT ?= .
BIN := .venv/bin
UV := .uv/bin/uv
RUN := $(BIN)/python

# Nothing leaves this machine: no hub, no analytics of any tool.
export HF_HUB_OFFLINE := 1
export HF_DATASETS_OFFLINE := 1
export HF_HUB_DISABLE_TELEMETRY := 1
export GX_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1
export COLLECT_ANALYTICS := False
export MPLBACKEND := Agg
export PYTHONUTF8 := 1
# Libraries are compiled once, when they are installed, also where Python may not write bytecode itself.
export UV_COMPILE_BYTECODE := 1

.DEFAULT_GOAL := help
.PHONY: help audit setup setup-label-studio setup-spark dataset add tasks annotate push-tasks pull import entities agreement adjudicate validate \
        baselines publish explore push-to-hub load export docs derive migrate diff screenshots check lint test test-long bench lock clean

help: ## list the targets
	@echo "Parley: seeds -> labels -> checks -> dataset. Targets:"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 20 | sed 's/^/  /'
	@echo "Every step is a command, $(BIN)/parley STEP --help; ROOT=FOLDER runs a target on another corpus folder."

# ---- set-up: uv brings the pinned, hashed environments -------------------------------------------------

$(UV): requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Parley needs Python 3.11 or newer; name one with PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv .uv
	.uv/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

.venv/.ready: requirements.lock pyproject.toml setup.py src/parley/label_studio/export/scanner.pyx $(UV)
	@test -x $(RUN) || $(UV) venv -q --python $(PYTHON) .venv
	$(UV) pip install -q --python $(RUN) --require-hashes -r requirements.lock
	@rm -f src/parley/label_studio/export/scanner*.so
	$(UV) pip install -q --python $(RUN) --no-deps --no-build-isolation -e .
	@ls src/parley/label_studio/export/scanner*.so >/dev/null 2>&1 || \
	  echo "no C compiler, or no headers of Python: large exports take several times as long. To mend it: rm .venv/.ready; make setup"
	@touch $@

.label-studio/venv/.ready: src/parley/label_studio/server/requirements.lock $(UV)
	@test -x .label-studio/venv/bin/python || $(UV) venv -q --python $(PYTHON) .label-studio/venv
	$(UV) pip install -q --python .label-studio/venv/bin/python --require-hashes -r src/parley/label_studio/server/requirements.lock
	@touch $@

.venv/.spark-ready: requirements-spark.lock .venv/.ready
	$(UV) pip install -q --python $(RUN) --no-deps --require-hashes -r requirements-spark.lock
	@touch $@

setup: .venv/.ready ## install Parley into .venv
setup-label-studio: .label-studio/venv/.ready ## install the Label Studio server into .label-studio/venv
setup-spark: .venv/.spark-ready ## install Spark's Python side into .venv (it needs a Java 17 runtime)

# ---- the main job ----------------------------------------------------------------------------------

dataset: setup ## all of it: tasks, validate, publish, then load_dataset on the result
	$(RUN) scripts/dataset.py --root $(ROOT)

add: setup ## articles -> seeds/ and their rows: make add FILES="a.txt page.html"
	$(RUN) scripts/add.py --root $(ROOT) $(or $(FILES),$(error name FILES="a.txt page.html"))

tasks: setup ## seeds -> build/tasks.json with rule predictions; report what cleaning cut
	$(RUN) scripts/tasks.py --root $(ROOT)

annotate: tasks setup-label-studio ## start Label Studio with a blind project for every annotator
	$(RUN) scripts/annotate.py --root $(ROOT)

push-tasks: tasks ## bring the projects on the running servers up to date: articles, entities, guidelines
	$(RUN) scripts/push_tasks.py --root $(ROOT)

pull: setup ## finished annotations -> annotation/labels/, judged; CHECK=1 judges alone; ANNOTATORS=name,name
	$(RUN) scripts/pull.py --root $(ROOT) $(if $(CHECK),--check) $(if $(ANNOTATORS),--annotators $(ANNOTATORS))

import: setup ## labels of another tool -> annotation/labels: make import FORMAT=brat FILES=FOLDER IMPORT="--annotator NAME"
	$(RUN) scripts/import.py --root $(ROOT) $(or $(FORMAT),$(error name FORMAT=brat, or another of scripts/import.py --help)) $(or $(FILES),$(error name FILES="FOLDER a.jsonl")) $(IMPORT)

entities: setup ## what annotators proposed for entities.csv, and how it is taken over
	$(RUN) scripts/entities.py --root $(ROOT)

agreement: setup ## labels -> annotation/agreement.json, plots and build/disagreements.md
	$(RUN) scripts/agreement.py --root $(ROOT)

adjudicate: setup ## disagreements -> the lead's project; its decisions -> gold/ and ledger.csv
	$(RUN) scripts/adjudicate.py --root $(ROOT)

validate: setup ## check everything with Great Expectations; exit 1 with each fault named
	$(RUN) scripts/validate.py --root $(ROOT)

audit: setup ## begin or read an audit: make audit AUDIT="--sheet FOLDER" or AUDIT="--answers FOLDER --auditor NAME"
	$(RUN) scripts/audit.py --root $(ROOT) $(or $(AUDIT),$(error name AUDIT="--sheet FOLDER"))

baselines: setup ## what plain models find of the labels -> annotation/baselines.json, for the card
	$(RUN) scripts/baselines.py --root $(ROOT)

publish: setup ## gold/ and labels/ -> dataset/, whole or not at all
	$(RUN) scripts/publish.py --root $(ROOT)

explore: setup ## dataset/ -> build/explorer/index.html, a page to read and search it; without text: EXPLORE="--text withhold"
	$(RUN) scripts/explore.py --root $(ROOT) --out $(or $(OUT),$(ROOT)/build/explorer) $(EXPLORE)

push-to-hub: setup ## dataset/ -> the Hub (REPO=org/name) or any git remote (REMOTE=url), tagged; options in SHIP
	HF_HUB_OFFLINE=0 $(RUN) scripts/push_to_hub.py --root $(ROOT) $(if $(REMOTE),--remote $(REMOTE),--repo $(or $(REPO),$(error name REPO=org/name or REMOTE=url))) $(SHIP)

load: setup ## load dataset/ the way a reader does and show what is in it
	$(RUN) scripts/load.py --root $(ROOT)

export: setup ## dataset/ as other tools read it: make export FORMAT=brat OUT=build/brat EXPORT="--annotator NAME"
	$(RUN) scripts/export.py --root $(ROOT) $(or $(FORMAT),$(error name FORMAT=brat, or another of scripts/export.py --help)) --out $(or $(OUT),build/$(FORMAT)) $(EXPORT)

# ---- looking and maintaining -------------------------------------------------------------------------

docs: setup ## build Great Expectations' Data Docs and open them
	$(RUN) scripts/validate.py --root $(ROOT) --docs --open

derive: setup ## write what the ontology gives: label config, suites, tables
	$(RUN) scripts/derive.py --root $(ROOT)

migrate: setup ## labels of one scheme -> the next: make migrate PLAN=plan.toml MIGRATE=--dry-run
	$(RUN) scripts/migrate.py --root $(ROOT) $(or $(PLAN),$(error name PLAN=plan.toml)) $(MIGRATE)

diff: setup ## label difference of two versions: make diff A=HEAD~1 B=.
	$(RUN) scripts/diff.py --root $(ROOT) $(A) $(B)

screenshots: tasks setup-label-studio ## take the documentation's pictures of the screen with a real browser
	$(RUN) scripts/screenshots.py --root $(ROOT)

lint: setup ## style, types, layers of imports, declared packages, drift of derived files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry src
	$(RUN) scripts/source_map.py --check
	$(RUN) scripts/derive.py --check

test: setup setup-label-studio setup-spark ## run the tests, real servers and browser included
	$(BIN)/pytest -n 2 --dist worksteal -m "not long" $(TESTS)

test-long: setup setup-label-studio setup-spark ## run the tests that take long: the wheel alone, whole corpora
	$(BIN)/pytest -n 2 --dist worksteal -m long $(TESTS)

check: lint test test-long ## all that CI runs

bench: setup ## measure speed and memory beside what people script today; benchmarks/RESULTS.md (long)
	$(RUN) benchmarks/run.py $(BENCH)

lock: $(UV) ## solve the lock files again from pyproject.toml
	$(RUN) scripts/lock.py

clean: ## remove scratch; labels, releases and Label Studio's data stay
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis
