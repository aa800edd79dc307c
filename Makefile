# Aliases for run.py. To select another Python: make test PYTHON=python3.12
PYTHON ?= python3

.PHONY: serve test check e2e bench migrate ingest
serve test check e2e bench migrate ingest:
	$(PYTHON) run.py $@
