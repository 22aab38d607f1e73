# Everything that a person does here, by one word. `make` alone lists the words.

PORT ?= 8000
WORKERS ?= 1
HOST ?= 127.0.0.1
ARGS ?=

VENV := .venv
PY := $(VENV)/bin/python
SUPPORTED := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,\
	$(if $(shell $(name) -c '$(SUPPORTED)' 2>/dev/null && echo yes),$(name))))

# A stamp tells that its requirements are installed: a second call has nothing to do.
RUN_STAMP := $(VENV)/installed
DEV_STAMP := $(VENV)/installed-dev
PAGE_STAMP := graphiql/static/graphiql/vendor/installed.txt

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install run serve worker test check coverage prove bench bench-quick schema reset-demo lock

help: ## list these words
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

run: install ## a server and a worker on this machine, with a demo store: http://127.0.0.1:8000/graphql/ (PORT=…)
	@exec $(PY) manage.py start --host $(HOST) --port $(PORT)

install: $(RUN_STAMP) $(PAGE_STAMP) ## the virtual environment in .venv, and GraphiQL's files

serve: install ## the web server alone, as in production, on what DATABASE_URL says (PORT=… WORKERS=… HOST=…)
	@exec $(PY) manage.py serve --host $(HOST) --port $(PORT) --workers $(WORKERS)

worker: install ## a worker alone, on what DATABASE_URL says
	@exec $(PY) manage.py worker

test: install $(DEV_STAMP) ## all tests, on SQLite and on PostgreSQL where it listens (ARGS="-k bills")
	@exec $(PY) tests/run.py $(ARGS)

check: install $(DEV_STAMP) ## style, types, contracts of the rooms, migrations, schema
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy .
	$(VENV)/bin/lint-imports
	DATABASE_URL= $(PY) manage.py makemigrations --check --dry-run
	DATABASE_URL= $(PY) manage.py check --fail-level WARNING
	DATABASE_URL= $(PY) -m schema.export | diff schema.graphql - \
		|| { echo 'schema.graphql is stale: run make schema'; exit 1; }

coverage: install $(DEV_STAMP) ## which lines the tests reach, on SQLite
	DATABASE_URL= $(VENV)/bin/coverage run --branch --source=core,catalog,receipts,sales,energy,insights,demo,schema,graphiql \
		--omit='*/migrations/*' -m pytest $(ARGS)
	$(VENV)/bin/coverage report --skip-covered --sort=cover

prove: install $(DEV_STAMP) ## what is too long for the tests, with its figures (ARGS=part)
	@exec $(PY) tests/prove $(ARGS)

bench: install ## the product beside its peers on 2,000,000 items; needs PostgreSQL, Node and wrk (ARGS=…)
	@exec $(PY) benchmarks $(ARGS)

bench-quick: install ## the core of it in two minutes, once packages and data are there
	@exec $(PY) benchmarks --quick $(ARGS)

schema: install ## write schema.graphql anew
	@mkdir -p var
	DATABASE_URL= $(PY) -m schema.export > var/schema.graphql
	mv var/schema.graphql schema.graphql

reset-demo: install ## throw the demo store away and read its receipts again
	@exec $(PY) manage.py fill_demo --reset

lock: $(DEV_STAMP) ## resolve requirements*.in into pinned requirements*.txt
	$(VENV)/bin/uv pip compile -q --no-header --no-annotate --no-emit-index-url --python-version 3.11 \
		requirements.in -o requirements.txt
	$(VENV)/bin/uv pip compile -q --no-header --no-annotate --no-emit-index-url --python-version 3.11 \
		requirements-dev.in -o requirements-dev.txt

$(PY):
	@test -n "$(PYTHON)" || { echo 'Python 3.11, 3.12 or 3.13 with its venv module is needed: install it' \
		'(Debian: apt-get install python3-venv), or name one: make PYTHON=/path/to/python3'; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): requirements.txt | $(PY)
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(DEV_STAMP): requirements-dev.txt | $(RUN_STAMP)
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(PAGE_STAMP): graphiql/package-lock.json | $(RUN_STAMP)
	$(PY) -m graphiql.install
	@touch $@
