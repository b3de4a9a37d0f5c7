#!/usr/bin/env bash
# Installs the Cargo tools of the tests where they are missing. Versions are pinned: a new release must not turn a build red.
set -euo pipefail
# Unoptimised: 105 s of processor time to build, and 3 s for a check.
command -v cargo-deny >/dev/null 2>&1 || cargo install --locked --quiet --debug --version 0.20.2 cargo-deny
command -v cargo-nextest >/dev/null 2>&1 || cargo install --locked --quiet --version 0.9.143 cargo-nextest
