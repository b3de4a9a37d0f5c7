#!/usr/bin/env bash
# Installs the Cargo tools of the tests where they are missing. Versions are pinned: a new release must not turn a build red.
set -euo pipefail
command -v cargo-nextest >/dev/null 2>&1 || cargo install --locked --quiet --version 0.9.143 cargo-nextest
