# Everything a developer runs. `make` alone lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup build run test lint synth static bench clean

# Passed on to the test runner, as in: make test TEST_ARGUMENTS='--filter CSV'
TEST_ARGUMENTS ?=

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install the libraries that are missing (Debian; nothing to do when all are there)
	@Scripts/setup.sh

# The static Lambda executables start faster and need less memory; without them the dynamic ones serve.
build: setup ## build the release executables into .build/release
	swift build -c release --static-swift-stdlib
	@Scripts/build-static.sh release || echo "build: going on with dynamic Lambda executables"

run: build ## run the reference sample to its messages
	.build/release/sluice run sample-csvs/reference --out -
	@echo "table-load:       .build/release/sluice run sample-csvs/sample-good.csv --job table-load"
	@echo "threshold-filter: .build/release/sluice run sample-csvs/sample-good.csv --job threshold-filter --column balance --threshold 50 --out -"

# The tests look at the static Lambda executables too, so these are built first.
test: static ## build and run all tests
	@Scripts/setup.sh tests
	@Scripts/other-root.sh
	swift test --disable-xctest $(TEST_ARGUMENTS)

lint: setup ## formatting, imports as Package.swift lists them, shell scripts, samples
	swift format lint --strict -r Sources Tests Package.swift
	swift build --build-tests --explicit-target-dependency-import-check error
	@if command -v shellcheck >/dev/null; then shellcheck Scripts/*.sh .ci/run; fi
	@if command -v python3 >/dev/null; then for set in reference id quoted; do \
		python3 Tests/oracle/oracle.py sample-csvs/$$set | \
			diff - sample-csvs/expected/$$set.jsonl || exit 1; \
	done; fi

synth: build ## write the generated files: statemachine/ and infra/
	.build/release/sluice synth

static: setup ## build the Lambda executables fully static into .build/static/release
	@Scripts/build-static.sh release

bench: build ## measure against other people's tools on the same machine
	@Scripts/bench.sh
	@Scripts/bench-function.sh

clean: ## remove everything that was built
	rm -rf .build
