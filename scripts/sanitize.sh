#!/bin/sh
# npm run sanitize -- [--sample] [VITEST-ARGUMENT]...: runs the integration ring with AddressSanitizer and UndefinedBehaviorSanitizer in
# everything of tsrun that is C. The sanitized program stands where the static one would, with the same engine and library beside it.
# `--sample` is what `npm test` runs of it.
set -eu
cd "$(dirname "$0")/.."
[ -n "${TSRUN_BUILT:-}" ] || { sh scripts/setup.sh test && sh scripts/build.sh && sh scripts/bundles.sh && make -s -C test/probe; }
make -s -C c -j2 sanitize replay
place=.cache/sanitize
mkdir -p $place/bin
install -m 0755 c/build/tsrun-sanitize $place/bin/tsrun
ln -f bin/tsrun-engine $place/bin/tsrun-engine
rm -rf $place/dist
cp -r dist $place/dist
if [ "${1:-}" = --sample ]; then
  shift
  for name in lifecycle exec mounts terminal user-namespace; do
    set -- "$@" "test/integration/$name.test.ts"
  done
  set -- "$@" test/sanitize
fi
exec node_modules/.bin/vitest run --project sanitize "$@"
