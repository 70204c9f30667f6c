#!/bin/sh
# Installs runc, crun and hyperfine from Debian where they are missing, builds tsrun, and compares them.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh bench
sh scripts/build.sh
exec node bench/bench.mjs "$@"
