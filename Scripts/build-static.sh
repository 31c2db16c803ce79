#!/usr/bin/env bash
# Builds the Lambda executables with nothing dynamic in them, into .build/static/CONFIGURATION/, and
# prints their sizes: the file, and packed as a Lambda package packs it.
#
#   Scripts/build-static.sh [release|debug]
set -euo pipefail
cd "$(dirname "$0")/.."
configuration=${1:-release}
Scripts/build-static-libcurl.sh

log=.build/static-build.log
# glibc warns that a static program's name service and dlopen want its own version's modules. The
# name service is pinned to what is linked in (Sources/CCurl/shim.h), and nothing calls dlopen.
if ! SLUICE_STATIC=1 swift build -c "$configuration" --scratch-path .build/static >"$log" 2>&1; then
    grep -v 'in statically linked applications requires at runtime' "$log" >&2
    exit 1
fi

# Newer than the dynamic ones beside sluice, also when there was nothing to build: sluice takes these then.
directory=.build/static/$configuration
for name in arrive validate parse-chunk seal aggregate emit; do touch "$directory/$name"; done
if [ -d ".build/$configuration" ]; then ln -sfn "$PWD/$directory" ".build/$configuration/lambda"; fi

printf '%-14s %12s %12s\n' "static" "bytes" "packed"
for name in arrive validate parse-chunk seal aggregate emit; do
    executable=$directory/$name
    printf '%-14s %12d %12d\n' "$name" "$(wc -c <"$executable")" "$(gzip -9 <"$executable" | wc -c)"
done
