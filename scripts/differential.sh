#!/bin/sh
# Compares what programs see of containers that tsrun and other runtimes make of the same config.json, made at random:
# npm run differential -- [--seed N] [--count M] [--runtime PATH]
set -eu
cd "$(dirname "$0")/.."
DIFFERENTIAL_SEED=$(date +%s)
DIFFERENTIAL_COUNT=100
while [ $# -gt 0 ]; do
	case $1 in
	--seed) DIFFERENTIAL_SEED=$2 ;;
	--count) DIFFERENTIAL_COUNT=$2 ;;
	--runtime) DIFFERENTIAL_RUNTIME=$2 ;;
	*)
		echo "usage: npm run differential -- [--seed N] [--count M] [--runtime PATH]" >&2
		exit 1
		;;
	esac
	shift 2
done
echo "seeds from $DIFFERENTIAL_SEED, $DIFFERENTIAL_COUNT of them"
export DIFFERENTIAL_SEED DIFFERENTIAL_COUNT
[ -z "${DIFFERENTIAL_RUNTIME:-}" ] || export DIFFERENTIAL_RUNTIME
exec node_modules/.bin/vitest run --project integration test/integration/differential.test.ts
