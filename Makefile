# `make demo` and `make test` set everything up by themselves. TORCH_INDEX may name PyTorch's CPU wheel index:
# plain torch on Linux brings gigabytes of CUDA libraries, the CPU wheel is 0.2 GB.
PYTHON ?= python3
TORCH_INDEX ?=
VENV := .venv
BIN := $(VENV)/bin

.PHONY: setup clients demo test walks check bench docs lock clean

setup: $(VENV)/ready

$(VENV)/ready: requirements.lock torch.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check $(if $(TORCH_INDEX),--retries 0 --extra-index-url $(TORCH_INDEX)) -r torch.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

demo: setup
	$(BIN)/presage demo

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

clients: setup
	PYTHON=$(PYTHON) scripts/clients

# Files side by side, a process a core; `.venv/bin/pytest -x -q tests/<room>` runs one room in one process.
test: setup
	$(MAKE) --no-print-directory --jobs 2 check clients
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# The walks again, on two servers, two workers, Postgres and an S3; what has servers of its own keeps them.
walks: setup
	PRESAGE_TEST_DATABASE=postgres PRESAGE_TEST_OBJECT_STORE=s3 $(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder \
		tests/test_account_walk.py tests/test_lab8.py tests/test_growth.py tests/operations tests/live tests/jobs tests/demo tests/works tests/console tests/resources

bench: setup
	$(BIN)/python benchmarks/run.py

docs: setup
	scripts/docs

lock: setup
	$(BIN)/pip install --quiet uv
	scripts/lock

clean:
	rm -rf $(VENV) .clients .pytest_cache .ruff_cache build dist
