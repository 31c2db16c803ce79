#!/usr/bin/env bash
# Fetches the root directory of an older Debian into .build/other-root, in which a test runs the packaged
# functions: glibc 2.31 instead of the one they were built with. Takes half a minute and 300 MB, once;
# where it cannot be had the test says so and goes on.
set -euo pipefail
cd "$(dirname "$0")/.."
target=.build/other-root

[ ! -e "$target" ] || exit 0
part="$target.part"
if [ "$(id -u)" -ne 0 ] || ! command -v debootstrap >/dev/null; then
    echo "other-root: needs root and debootstrap; going on without another distribution" >&2
    exit 0
fi
mkdir -p .build
rm -rf "$part"
if timeout 150 debootstrap --variant=minbase bullseye "$part" >.build/other-root.log 2>&1; then
    mv "$part" "$target"
else
    rm -rf "$part"
    echo "other-root: debootstrap failed (see .build/other-root.log); going on without" >&2
fi
