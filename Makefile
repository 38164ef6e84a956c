# Two commands for people: `make app` and `make test`. Both set up what they need; a second call starts at once.
PYTHON ?= python3
PORT ?= 7860
HOST ?= 127.0.0.1
BIN := .venv/bin

.PHONY: app test test-long check format shots bench clean
.DELETE_ON_ERROR:

app: .venv/.installed
	@$(BIN)/python -m core starter >/dev/null || echo "The page starts without the starter checkpoint; step 1 says how to get it."
	@exec $(BIN)/python app.py --host $(HOST) --port $(PORT)

test: .venv/.installed-dev .venv/.browser .venv/home/starter
	$(BIN)/pytest -m "not long" $(ARGS)

test-long: .venv/.installed-dev .venv/.browser .venv/home/starter
	$(BIN)/pytest -m long $(ARGS)

check: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Photographs of every step, wide and narrow, light and dark, into shots/.
shots: .venv/.installed-dev .venv/.browser .venv/home/starter
	$(BIN)/python -m tests.browser.shots

# Page start beside an empty Gradio page, and the plain training script beside ours.
bench: .venv/.installed-dev .venv/home/starter
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv shots

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Fitting Room needs Python 3.11 or newer; found $$($(PYTHON) --version). Set PYTHON=..."; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.installed: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

.venv/.browser: | .venv/.installed-dev
	$(BIN)/python -m tests.browser.chromium
	touch $@

# Tests take the starter from here, whatever home folder they use.
.venv/home/starter: | .venv/.installed
	$(BIN)/python -m core starter --home .venv/home >/dev/null || echo "Tests that need the starter will say so and skip."
