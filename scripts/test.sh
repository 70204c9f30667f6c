#!/bin/sh
# Everything: sets up what is missing, builds, and runs every ring of tests. Needs root for the rings with real containers.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh test
sh scripts/build.sh
sh scripts/bundles.sh
make -s -C test/probe
make -s -C c sanitize
node_modules/.bin/tsc -p test/tsconfig.json
node_modules/.bin/biome check --error-on-warnings
exec node_modules/.bin/vitest run "$@"
