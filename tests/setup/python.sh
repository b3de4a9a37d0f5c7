#!/usr/bin/env bash
# Makes `.venv` at the workspace root from tests/setup/requirements.txt; does nothing when it is up to date.
set -euo pipefail
cd "$(dirname "$0")/../.."
wanted=$(sha256sum tests/setup/requirements.txt | cut -d' ' -f1)
if [ "$(cat .venv/.requirements 2>/dev/null)" = "$wanted" ]; then exit 0; fi
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "error: Python 3.11 or newer is needed (found $(python3 --version))" >&2
    exit 1
}
rm -rf .venv
python3 -m venv .venv || { echo "hint: apt-get install python3-venv" >&2; exit 1; }
.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement tests/setup/requirements.txt
echo "$wanted" > .venv/.requirements
