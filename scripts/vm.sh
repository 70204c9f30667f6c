#!/bin/sh
# npm run vm -- [OPTION]... COMMAND...: runs a command in the virtual machine of the conformance rings; test/vm/README.md has the options.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh test
exec bash test/vm/run.sh "$@"
