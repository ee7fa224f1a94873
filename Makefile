# Everything a user or developer runs. The first target that needs it installs the environment.
.PHONY: help install video prompted desk fleet test quantised fuzz lint types imports coverage check ui train evaluate-model bench clean

PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
TESTS  := $(VENV)/.installed-test

export DAGSTER_HOME ?= $(CURDIR)/dagster_home

help:             ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

install: $(STAMP) ## the environment in .venv

$(STAMP): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: install Python 3.11 (Debian: apt-get install python3.11 python3.11-venv)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "venv could not be made: on Debian, apt-get install python3.11-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --upgrade pip setuptools wheel cython
	$(BIN)/python -m pip install --quiet -c constraints.txt torch torchvision numpy
	$(BIN)/python -m pip install --quiet -c constraints.txt --no-build-isolation basicsr realesrgan
	$(BIN)/python -m pip install --quiet -c constraints.txt --no-build-isolation -e .
	@# basicsr asks for the OpenCV build that needs a display; both own the folder cv2, and the headless one must win
	$(BIN)/python -m pip install --quiet -c constraints.txt --force-reinstall --no-deps opencv-python-headless
	@touch $@

$(TESTS): $(STAMP)
	$(BIN)/python -m pip install --quiet -c constraints.txt --no-build-isolation -e ".[test]"
	@touch $@

video: prompted $(STAMP) ## one video: PROMPT="…" [IMAGES="a.jpg 'my photo.jpg'"] [OUT=file.mp4]
	@# xargs takes quotes and backslashes apart as a shell does, and runs nothing that stands in a name
	@{ if [ -f "$$IMAGES" ]; then printf -- '--image\0%s\0' "$$IMAGES"; \
	   else printf '%s' "$$IMAGES" | xargs -r printf -- '--image\0%s\0'; fi; \
	   [ -z "$$OUT" ] || printf -- '--out\0%s\0' "$$OUT"; } | xargs -0 $(BIN)/videogen generate "$$PROMPT" --no-regenerate

prompted:
	@test -n "$$PROMPT" || { echo 'usage: make video PROMPT="a wind farm at sunset" [IMAGES="a.jpg b.png"] [OUT=file.mp4]' >&2; exit 2; }

ui: $(STAMP)      ## Dagster's pages and daemon on dagster_home/, at 127.0.0.1:3000 or PORT; Ctrl-C ends them
	@$(BIN)/videogen ui --port $(or $(PORT),3000)

fleet: $(TESTS)   ## a fleet on this machine: eight videos, two workers, one killed, one alert (minutes; root for namespaces)
	$(BIN)/python -m deploy.local.demonstration

desk: $(STAMP)    ## the review desk, at 127.0.0.1:3020 or PORT; the first start prints a code for the first user
	@$(BIN)/videogen desk --port $(or $(PORT),3020)

test: $(TESTS)    ## the whole test suite, in WORKERS processes (2)
	$(BIN)/python -m pytest -q -n $(or $(WORKERS),2) --dist loadfile --no-loadscope-reorder

quantised: $(TESTS) ## the tests of torchao, bitsandbytes and GGUF, with their packages beside the environment, not in it
	$(BIN)/python -m pip install --quiet --no-deps --upgrade --target $(VENV)/quantised \
	  torchao==0.18.0 bitsandbytes==0.50.2 gguf==0.19.0
	PYTHONPATH=$(VENV)/quantised $(BIN)/python -m pytest -q tests/videogen/models/families/test_faster_and_smaller.py

fuzz: $(TESTS)    ## hostile input at every door, ever new, for FUZZ_MINUTES (30) of processor time
	$(BIN)/python -m tests.fuzzing

lint: $(TESTS)    ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

coverage: $(TESTS) ## the whole test suite, then which lines and branches it did not reach
	rm -rf .coverage && mkdir .coverage
	$(BIN)/coverage run -m pytest -q
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

types: $(TESTS)   ## type check
	$(BIN)/mypy

imports: $(TESTS) ## floors: who may import whom
	$(BIN)/lint-imports

check: lint types imports test ## all that CI runs

train: $(STAMP)   ## train pib-mini from the start, or continue from its checkpoints (hours)
	$(BIN)/python -m training.run

evaluate-model: $(STAMP) ## measure pib-mini and write its model card's numbers
	$(BIN)/python -m training.evaluate
	$(BIN)/python -m training.scores

bench: $(STAMP)   ## speed and memory, side by side in one run, into benchmarks/results/
	$(BIN)/python -m benchmarks.run

clean:            ## remove the environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
