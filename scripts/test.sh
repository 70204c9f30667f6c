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

mkdir -p .cache
status=0
node_modules/.bin/vitest run --reporter=default --reporter=json --outputFile.json=.cache/tests.json "$@" || status=$?
# The count in the plainest form there is, for machines that read the last line.
node -e 'const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(require("fs").readFileSync(".cache/tests.json", "utf8")); console.log(`${passed} passed, ${failed} failed`)'
exit "$status"
