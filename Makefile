# `make run` shows the tour, `make test` tests everything. All is installed in .venv, nothing elsewhere.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

NATIVE := $(shell find isolates/native -name '*.cpp' -o -name '*.h')
# What an editable install copies or compiles. The Python files it only points to.
INSTALLED := setup.py setup.cfg pyproject.toml $(wildcard kernel/kernelspec/*) $(NATIVE)

.PHONY: run lab test check bench docs clean

run: $(VENV)/.test
	@$(BIN)/python notebooks/run.py notebooks/tour.ipynb
	@echo "To open it in JupyterLab: make lab"

lab: $(VENV)/.lab
	$(BIN)/jupyter lab notebooks/tour.ipynb

# Two files at a time: most tests wait for processes of their own. Some of them look at clocks, which a busy machine
# may spoil: what has failed runs once more, alone, and what fails then too is a failure.
test: $(VENV)/.test
	@$(BIN)/python -m pytest -n 2 --dist loadfile --nbval tests notebooks || { \
		test $$? -eq 1 || exit 2; \
		echo "Once more, one at a time, what has failed beside others:"; \
		$(BIN)/python -m pytest --last-failed --last-failed-no-failures none --nbval tests notebooks; }

# mypy knows no package_dir, so it is shown the packages as they are imported: through links.
check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	rm -rf build/mypy && mkdir -p build/mypy/isolates
	ln -s $(CURDIR)/isolates/* $(CURDIR)/kernel $(CURDIR)/magics $(CURDIR)/widgets build/mypy/isolates/
	cd build/mypy && $(CURDIR)/$(BIN)/mypy --config-file $(CURDIR)/pyproject.toml -p isolates
	$(BIN)/mypy notebooks/run.py
	$(BIN)/clang-format --dry-run -Werror $(NATIVE)

bench: $(VENV)/.test
	$(BIN)/python bench/run.py

docs: $(VENV)/.test
	$(BIN)/python docs/magics.py

clean:
	rm -rf $(VENV) build dist *.egg-info isolates/_native.*.so .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# One stamp for each extra. A change of the native sources compiles only what it touches (setup.py).
$(VENV)/.%: $(INSTALLED) | $(BIN)/python
	@echo "Building and installing into $(VENV) (minutes the first time) ..."
	@$(BIN)/python -m pip install --quiet --editable '.[$*]'
	@touch $@

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON): install Python 3.11 or newer, or name it: make PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than 3.11: name a newer one: make PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) can't make virtual environments (Debian and Ubuntu: apt install python3-venv)."; exit 1; }
	@$(PYTHON) -m venv $(VENV)
