#!/bin/sh
# The quick gate: types, lint, C build with warnings as errors, unit and golden tests. Green on every commit.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh
node scripts/generate.mjs
make -s -C c -j2 all
node_modules/.bin/tsc -p tsconfig.json --noEmit
node_modules/.bin/tsc -p test/tsconfig.json
node_modules/.bin/biome check --error-on-warnings
exec node_modules/.bin/vitest run --project unit
