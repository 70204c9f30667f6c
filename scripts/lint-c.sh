#!/bin/sh
# npm run lint:c: gcc's and clang's analyzers, and clang-tidy, over everything in C. Installs clang; `npm test` runs gcc's part.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh clang
exec make -s -C c lint
