#!/bin/sh
# Builds everything a user runs: generated types and validator, dist/ (the library), bin/tsrun (C), bin/tsrun-engine (Bun).
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh
node scripts/generate.mjs
make -s -C c -j2 all
node_modules/.bin/tsc -p tsconfig.json
node scripts/compile-engine.mjs
mkdir -p bin
install -m 0755 c/build/tsrun bin/tsrun.new
mv bin/tsrun.new bin/tsrun
