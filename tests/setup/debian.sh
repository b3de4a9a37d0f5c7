#!/usr/bin/env bash
# Installs the Debian packages that building and testing need; only what is missing. Needs root (or sudo) when something is.
set -euo pipefail
packages=()
need() { command -v "$1" >/dev/null 2>&1 || packages+=("$2"); }
need cc build-essential
need make make
need git git
need curl curl
need chromium chromium
python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null 2>&1 || packages+=(postgresql)
if [ ${#packages[@]} -gt 0 ]; then
    echo "installing: ${packages[*]}"
    root=()
    [ "$(id -u)" = 0 ] || root=(sudo)
    "${root[@]}" apt-get update -qq
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi
command -v cargo >/dev/null 2>&1 || { echo "error: cargo is missing; install Rust 1.95 or newer (https://rustup.rs)" >&2; exit 1; }
command -v npm >/dev/null 2>&1 || { echo "error: npm is missing; install Node.js 20.19 or newer" >&2; exit 1; }
