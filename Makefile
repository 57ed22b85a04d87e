# `make check` is what CI runs; each part can be run alone. Needs `pip install -e ".[test]"`.
.PHONY: check lint types contracts test format schema

check: lint types contracts test

lint:
	ruff check .
	ruff format --check .

types:
	mypy

contracts:
	lint-imports

test:
	python -m pytest -n 2

format:
	ruff check --fix .
	ruff format .

schema:  # after a change of what a study file may say
	python -m workbench.study.schema > studies/schema.json
