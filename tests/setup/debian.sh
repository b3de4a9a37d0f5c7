#!/usr/bin/env bash
# Installs the Debian packages that are missing (needs root or sudo then), and checks what Debian does not bring.
# usage: debian.sh         all that building and testing need
#        debian.sh demo    only what building and the demonstration need
set -euo pipefail
for_tests=true
[ "${1:-}" != demo ] || for_tests=false
packages=()
need() { command -v "$1" >/dev/null 2>&1 || packages+=("$2"); }
need cc build-essential
need make make
python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
if $for_tests; then
    need git git
    need curl curl
    need chromium chromium
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null 2>&1 || packages+=(postgresql)
fi
if [ ${#packages[@]} -gt 0 ]; then
    echo "installing: ${packages[*]}"
    root=()
    [ "$(id -u)" = 0 ] || root=(sudo)
    "${root[@]}" apt-get update -qq
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi

# What fails late and obscurely otherwise: everything that is wrong, at once.
wrong=()
command -v cargo >/dev/null 2>&1 || wrong+=("cargo is missing; install Rust 1.95 or newer (https://rustup.rs)")
if $for_tests && command -v cargo >/dev/null 2>&1; then
    cargo fmt --version >/dev/null 2>&1 || wrong+=("rustfmt is missing; run: rustup component add rustfmt")
    cargo clippy --version >/dev/null 2>&1 || wrong+=("clippy is missing; run: rustup component add clippy")
fi
# The versions that Vite names.
if command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1; then
    version=$(node --version)
    IFS=. read -r major minor _ <<<"${version#v}"
    if ! { [ "$major" -eq 20 ] && [ "$minor" -ge 19 ]; } && ! { [ "$major" -eq 22 ] && [ "$minor" -ge 12 ]; } && [ "$major" -le 22 ]; then
        wrong+=("Node.js $version does not do; install 20.19 or newer of 20, 22.12 or newer of 22, or anything after (https://nodejs.org)")
    fi
else
    wrong+=("Node.js is missing (node and npm); install 20.19 or newer (https://nodejs.org)")
fi
for each in "${wrong[@]}"; do echo "error: $each" >&2; done
[ ${#wrong[@]} -eq 0 ]
