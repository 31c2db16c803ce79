#!/usr/bin/env bash
# Installs what Sluice is built with, and with the word "tests" what it is tested with, on Debian and
# its kin. Does nothing, and asks no network, when all of it is there.
set -euo pipefail

packages=(
    make pkg-config gcc libc6-dev                                       # to build at all
    libcurl4-openssl-dev libssl-dev libsqlite3-dev libmicrohttpd-dev    # what the modules link
    zlib1g-dev
    graphviz                                                            # draws the execution graph
    ca-certificates dpkg-dev                                            # for the static libcurl
)
# What the tests use besides: other people's clients and emulators from PyPI, another distribution.
if [ "${1:-}" = tests ]; then packages+=(python3-venv debootstrap); fi

if ! command -v swift >/dev/null; then
    echo "setup: no swift in PATH; Sluice needs Swift 6.3 or later, see https://www.swift.org/install" >&2
    exit 1
fi

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    # Not Debian: the libraries are all that matters, by whichever name they were installed.
    if pkg-config --exists libcurl libcrypto sqlite3 libmicrohttpd zlib 2>/dev/null; then
        exit 0
    fi
    {
        echo "setup: this system has no apt, so nothing was installed. By Debian's names, Sluice needs:"
        printf '    %s\n' "${packages[*]}"
        echo "Install what matches (with pkg-config files), then run make again."
    } >&2
    exit 1
fi

missing=()
for package in "${packages[@]}"; do
    state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    # On newer systems pkgconf provides pkg-config.
    if [[ $state != installed* ]] && ! { [ "$package" = pkg-config ] && command -v pkg-config >/dev/null; }; then
        missing+=("$package")
    fi
done
if [ ${#missing[@]} -eq 0 ]; then
    exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "setup: neither root nor sudo here. As root: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "setup: installing ${missing[*]}"
"${as_root[@]}" apt-get -qq update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
