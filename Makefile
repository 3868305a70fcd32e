# Two commands: `make demo` shows what qbank does, `make test` proves it. Both set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SEEDS := $(wildcard ../shared/seeds/*.txt)
PAPERS := $(if $(SEEDS),$(SEEDS),$(wildcard examples/papers/*.txt))

.PHONY: demo test lint fmt bench sbom lock clean help

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ -/'

$(BIN)/qbank: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.test: pyproject.toml $(BIN)/qbank
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[test]"
	@touch $@

$(VENV)/.lint: pyproject.toml $(VENV)/.test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[test,lint]"
	@touch $@

demo: $(BIN)/qbank ## scraped papers in, one bank, a check, every export
	$(BIN)/python examples/demo.py $(PAPERS)

test: $(VENV)/.test ## the tests that need nothing but Python
	$(BIN)/python -m pytest -q -n auto -m "not conformance and not slow"

lint: $(VENV)/.lint ## types and style
	$(BIN)/mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

fmt: $(VENV)/.lint ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(BIN)/qbank ## how fast it is here, as ratios
	$(BIN)/python bench/run.py

sbom: ## a CycloneDX list of what `pip install qbank` brings along, in build/sbom.cdx.json
	rm -rf build/sbom && $(PYTHON) -m venv build/sbom/tool && $(PYTHON) -m venv --without-pip build/sbom/wheel
	build/sbom/tool/bin/pip install --quiet --disable-pip-version-check cyclonedx-bom
	build/sbom/tool/bin/pip --python build/sbom/wheel/bin/python install --quiet --disable-pip-version-check .
	build/sbom/tool/bin/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml \
		--output-format JSON -o build/sbom.cdx.json build/sbom/wheel/bin/python
	@$(PYTHON) -c "import json; print(*sorted(c['name'] + ' ' + c['version'] for c in json.load(open('build/sbom.cdx.json'))['components']), sep='\n')"

lock: ## renew the versions that CI uses: of what qbank needs, and of every tool that .ci/run installs with pip
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet --disable-pip-version-check -e ".[test,lint]" --upgrade setuptools \
		pre-commit check-jsonschema cyclonedx-bom atheris
	build/lock/bin/pip freeze --all --exclude-editable | grep -v -e ' @ ' -e '^pip==' > .ci/constraints.txt

clean: ## remove what the other targets made
	rm -rf $(VENV) demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
