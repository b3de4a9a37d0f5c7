# Everything a person runs, by one word each. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)
WEB_STAMP := web/dist/index.html
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null) openapi/v1.json

.PHONY: help setup setup-demo build web lint test test-rust test-web demo bench generate clean deny properties fuzz mutants

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: ## install what building and testing need (Debian packages, Python, Node packages, Cargo tools)
	tests/setup/debian.sh
	tests/setup/cargo-tools.sh
	tests/setup/python.sh
	$(MAKE) --no-print-directory web/node_modules/.stamp

setup-demo:
	tests/setup/debian.sh demo
	tests/setup/python.sh
	$(MAKE) --no-print-directory web/node_modules/.stamp

web/node_modules/.stamp: web/package-lock.json
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(WEB_STAMP): web/node_modules/.stamp $(WEB_SOURCES)
	cd web && npm run --silent build
	@touch $@

web: $(WEB_STAMP) ## build the user interface (embedded by the next build)

build: $(WEB_STAMP) ## the binary, optimised: target/release/security-monkey
	$(CARGO) build --release --locked --package security-monkey-cli

.venv/bin/typos:
	tests/setup/python.sh

lint: $(WEB_STAMP) .venv/bin/typos ## formatting, spelling, clippy, types of the user interface
	$(CARGO) fmt --all --check
	.venv/bin/typos
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	cd web && npm run --silent lint

test: setup lint deny test-rust test-web ## everything, PostgreSQL, fake AWS and a browser included
	@echo "all tests passed"

test-rust: $(WEB_STAMP)
	$(CARGO) build --workspace --locked
	$(CARGO) nextest run --workspace --locked --no-fail-fast
	$(CARGO) test --workspace --doc --locked --quiet
	$(CARGO) run --quiet --locked --package security-monkey-cli -- rules test

test-web: $(WEB_STAMP)
	cd web && npm test --silent

demo: setup-demo build ## a fake AWS with a sample estate, watched, audited and shown on 127.0.0.1 (DEMO="--listen 127.0.0.1:5001")
	$(TARGET)/release/security-monkey demo $(DEMO)

generate: $(WEB_STAMP) ## write every generated file anew: schemas, OpenAPI, reference pages, the UI's types
	SECURITY_MONKEY_GENERATE=1 $(CARGO) nextest run --workspace --locked -E 'test(/generated/)'
	cd web && npm run --silent generate

bench: ## the benchmarks behind docs/reference/performance.md
	$(CARGO) bench --workspace
	$(CARGO) run --release --locked --package security-monkey-engine --example bench_scan -- 20000

PROPERTY_CASES ?= 25600
properties: ## the property tests with a hundred times the cases (PROPERTY_CASES, a multiple of 256)
	PROPTEST_CASES=$(PROPERTY_CASES) $(CARGO) nextest run --release --locked --package security-monkey-iam --no-fail-fast -E 'test(/properties::|parse::/)'

# libFuzzer without sanitizers needs no nightly toolchain; what it found before is in fuzz/corpus, which is not committed.
FUZZ_SECONDS ?= 900
fuzz: ## fuzz the policy reader and what is built on it (FUZZ_SECONDS)
	command -v cargo-fuzz >/dev/null 2>&1 || $(CARGO) install --locked --quiet cargo-fuzz
	mkdir -p crates/iam/fuzz/corpus/policy
	cd crates/iam && $(CARGO) fuzz run --sanitizer none --release policy fuzz/corpus/policy fuzz/seeds -- -dict=fuzz/policy.dict -max_len=4096 -timeout=10 -max_total_time=$(FUZZ_SECONDS)

mutants: ## change the evaluator in small ways and see whether a test notices: docs/reference/iam-mutants.md
	command -v cargo-mutants >/dev/null 2>&1 || $(CARGO) install --locked --quiet cargo-mutants
	$(CARGO) mutants --package security-monkey-iam --jobs 1 --timeout 300 --output target/mutants \
		--file 'crates/iam/src/evaluate.rs' --file 'crates/iam/src/evaluate/*.rs' --file crates/iam/src/pattern.rs --file 'crates/iam/src/pattern/*.rs' \
		--file crates/iam/src/cidr.rs --file crates/iam/src/bits.rs \
		-- --lib --test main

deny: ## licences, bans and sources of dependencies (advisories need a network: `cargo deny check advisories`)
	tests/setup/cargo-tools.sh
	$(CARGO) deny --locked check bans licenses sources

clean: ## remove what builds and demos made
	$(CARGO) clean
	rm -rf web/dist web/node_modules .venv var
