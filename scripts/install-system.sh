#!/bin/sh
# npm run install:system -- [PREFIX]: installs tsrun and tsrun-engine side by side in PREFIX/bin (default /usr/local).
set -eu
cd "$(dirname "$0")/.."
prefix=${1:-${PREFIX:-/usr/local}}
[ -x bin/tsrun ] && [ -x bin/tsrun-engine ] || sh scripts/build.sh
install -d "$prefix/bin"
install -m 0755 bin/tsrun bin/tsrun-engine "$prefix/bin/"
echo "installed $prefix/bin/tsrun and $prefix/bin/tsrun-engine"
