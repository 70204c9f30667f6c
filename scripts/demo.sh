#!/bin/sh
# Builds tsrun if need be and runs the container of bundles/hello.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh
sh scripts/build.sh
sh scripts/bundles.sh
exec bin/tsrun run "demo-$$" bundles/hello
