# All that one types here; `make` alone lists it. The first use makes the environment.
STAGE ?= default
ARCHITECTURE ?= arm64

BIN := .venv/bin
MADE := .venv/.made
CHECKOV_MADE := .venv-checkov/.made
PEERS_MADE := .venv-peers/.made
# The uv of this machine, or else one of our own from the package index.
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo .venv-uv/bin/uv)
OWN_UV := $(filter .venv-uv/bin/uv,$(UV))

# `sam build` looks for python3.13, pip and uv on the path.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export SAM_CLI_TELEMETRY := 0
# Where this is set, every tool here would compile all that it imports anew, each time.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test check test-unit test-emulator certify real-networks bench bench-peers simulate local lock build deploy

help: ## list what can be typed
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(MADE) ## publish, allocate and report a bakery's plan on a local copy of the stack
	$(BIN)/parution demo

test: check test-unit test-emulator ## everything: lint, types, unit tests, the deployed stack on the emulator

check: $(MADE) $(CHECKOV_MADE) ## lint, types, import contracts, the template
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cfn-lint template.yaml infra/*.yaml
	$(BIN)/sam validate --lint --region eu-west-3
	.venv-checkov/bin/checkov

test-unit: $(MADE) ## the tests that need no emulator
	$(BIN)/pytest -m "not emulator" -n 2 --dist worksteal

test-emulator: $(MADE) ## the tests on the deployed stack
	$(BIN)/pytest -m emulator

certify: $(MADE) ## hold every connector to the table of fortunes, and write down what it was tried against
	PARUTION_CERTIFY=1 $(BIN)/pytest tests/contracts/certification

real-networks: $(MADE) ## publish on a real WordPress and a real Bluesky server, which it installs (5 minutes the first time)
	tests/real/install.sh .real-networks
	PARUTION_CERTIFY=1 PARUTION_REAL_NETWORKS=.real-networks $(BIN)/pytest tests/real

bench: $(MADE) ## measure; `make bench ONLY=allocation` runs one file
	$(BIN)/python -m bench $(ONLY)

bench-peers: $(PEERS_MADE) ## install the solvers beside which bench measures ours, in an environment of their own

simulate: $(MADE) ## a million deliveries on a virtual clock; DELIVERIES=10000 SEED=2 SCENARIO=second
	$(BIN)/python -m bench.simulator --raised --deliveries $(or $(DELIVERIES),1000000) --seed $(or $(SEED),1) --scenario $(or $(SCENARIO),day)

local: $(MADE) ## keep a local copy of the stack running
	$(BIN)/parution local up

build: $(MADE) ## build functions and layers; ARCHITECTURE=x86_64 instead of arm64
	PARUTION_ARCHITECTURE=$(ARCHITECTURE) $(BIN)/sam build --parallel --parameter-overrides Architecture=$(ARCHITECTURE)
	$(BIN)/python -m tests.built .aws-sam/build $(ARCHITECTURE)

deploy: build ## build and deploy to AWS; STAGE=prod takes the other set of samconfig.toml
	@grep -q '"Architecture=$(ARCHITECTURE)"' samconfig.toml || \
		{ echo "samconfig.toml deploys another Architecture than $(ARCHITECTURE), which was built"; exit 1; }
	$(BIN)/sam deploy --config-env $(STAGE)

lock: $(MADE) ## resolve all requirements again, newest first, and lock them with hashes
	$(UV) pip compile --quiet --upgrade --generate-hashes --no-header --python-version 3.13 --group dev \
		--no-emit-package parution pyproject.toml -o requirements-dev.txt
	for layer in dependencies reporting; do \
		$(UV) pip compile --quiet --upgrade --generate-hashes --no-header --python-version 3.13 \
			-c requirements-dev.txt layers/$$layer/requirements.in -o layers/$$layer/requirements.txt || exit; \
	done
	$(UV) pip compile --quiet --upgrade --generate-hashes --no-header --python-version 3.13 \
		--group pyproject.toml:checkov -o requirements-checkov.txt

$(MADE): requirements-dev.txt layers/parution/pyproject.toml $(OWN_UV)
	$(UV) venv --quiet --allow-existing --python 3.13 .venv
	$(UV) pip install --quiet --python .venv --require-hashes -r requirements-dev.txt
	$(UV) pip install --quiet --python .venv --no-deps --editable layers/parution
	touch $@

$(CHECKOV_MADE): requirements-checkov.txt $(OWN_UV)
	$(UV) venv --quiet --allow-existing --python 3.13 .venv-checkov
	$(UV) pip install --quiet --python .venv-checkov --require-hashes -r requirements-checkov.txt
	touch $@

$(PEERS_MADE): bench/peers/requirements.txt $(OWN_UV)
	$(UV) venv --quiet --allow-existing --python 3.13 .venv-peers
	$(UV) pip install --quiet --python .venv-peers --require-hashes -r bench/peers/requirements.txt
	touch $@

.venv-uv/bin/uv:
	python3 -m venv .venv-uv
	.venv-uv/bin/pip install --quiet uv
