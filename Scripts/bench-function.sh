#!/usr/bin/env bash
# Measures one function, parse-chunk, beside the usual choice: Python with boto3, doing the same job on
# the same input through the same Lambda Runtime API, against the same local S3 (moto's server). The
# answers are checked to be equal. boto3, AWS's Python runtime client and moto come from PyPI, into
# .build/bench-function; without a network nothing is measured, which is no failure.
#
#   BENCH_FUNCTION_ROUNDS=N  counted rounds; 5 unless set
set -euo pipefail
cd "$(dirname "$0")/.."
lambdas=$PWD/.build/static/release
work=$PWD/.build/bench-function
python=$work/venv/bin/python
requirements="boto3==1.44.5 awslambdaric==4.2.2 moto[server]==5.2.5"

if [ ! -x "$lambdas/parse-chunk" ]; then
    echo "bench: $lambdas/parse-chunk is not built; run 'make static'" >&2
    exit 1
fi
if ! python3 -c 'import sys, venv, ensurepip; assert sys.version_info >= (3, 11)' 2>/dev/null; then
    echo "bench: no Python 3.11 with venv: the function is not measured"
    exit 0
fi
if [ "$(cat "$work/installed" 2>/dev/null)" != "$requirements" ]; then
    rm -rf "$work"
    python3 -m venv "$work/venv"
    pip=("$python" -m pip install -q --disable-pip-version-check)
    # The package holds what the function needs and no more; moto is for the host.
    read -r -a wanted <<<"$requirements"
    if ! "${pip[@]}" --target "$work/package" "${wanted[@]:0:2}" ||
        ! "${pip[@]}" "${wanted[0]}" "${wanted[2]}"; then
        echo "bench: pip cannot install $requirements, no network? The function is not measured"
        exit 0
    fi
    echo "$requirements" >"$work/installed"
fi
cp Scripts/bench-function/parse_chunk.py "$work/package/"
"$python" -m compileall -q "$work/package"
exec "$python" Scripts/bench-function/bench.py "$lambdas" "$work/package" "${BENCH_FUNCTION_ROUNDS:-5}"
