#!/usr/bin/env bash
# Measures the embedded engine (Scripts/bench-engine.py), then `sluice run` against other people's
# tools: the same files, the same machine, alternating rounds, every answer checked. The benchmark kit
# for the latter is no part of this repository; without it the engine alone is measured.
#
#   BENCH_KIT=DIRECTORY     the kit; ../shared/bench unless set. It is copied, never written to.
#   BENCH_SIZES="1000 …"    numbers of customers; 1000 100000 1000000 unless set
#   BENCH_LARGE=1           adds 5000000 customers (14 GB of files)
#   BENCH_ROUNDS=N          counted rounds; 3 unless set
#
# Tables go to standard output, every single run to .build/bench-kit/results/*.json.
set -euo pipefail
cd "$(dirname "$0")/.."
source=${BENCH_KIT:-../shared/bench}
sluice=$PWD/.build/release/sluice
kit=$PWD/.build/bench-kit
read -r -a sizes <<<"${BENCH_SIZES:-1000 100000 1000000}"
if [ "${BENCH_LARGE:-0}" = 1 ]; then sizes+=(5000000); fi
rounds=${BENCH_ROUNDS:-3}

if [ ! -x "$sluice" ]; then
    echo "bench: $sluice is not built; run 'make build'" >&2
    exit 1
fi
if command -v python3 >/dev/null; then
    python3 Scripts/bench-engine.py "$sluice" "$rounds"
else
    echo "bench: no python3 (Debian: apt-get install python3): the engine was not measured"
fi
if [ ! -f "$source/bench/compare.py" ]; then
    echo "bench: no benchmark kit in $source (BENCH_KIT names another place): no tools to compare"
    exit 0
fi
if ! python3 -c 'import sys, venv, ensurepip, tomllib' 2>/dev/null; then
    echo "bench: needs Python 3.11 or later with venv (Debian: apt-get install python3-venv)" >&2
    exit 1
fi

# Our copy, with what it builds and generates: data, bin and venv are kept from one time to the next.
mkdir -p "$kit"
cp -ru --preserve=timestamps --no-preserve=mode "$source"/{bench,messages,peers.toml,requirements.txt} "$kit"
python=$kit/venv/bin/python
if ! cmp -s "$kit/requirements.txt" "$kit/venv/installed"; then
    echo "bench: installing the peers (a few hundred megabytes, once)"
    python3 -m venv "$kit/venv"
    "$python" -m pip install -q --disable-pip-version-check -r "$kit/requirements.txt"
    cp "$kit/requirements.txt" "$kit/venv/installed"
fi

failures=0
for size in "${sizes[@]}"; do
    peers=duckdb,polars,chdb,pyarrow,cref
    if [ "$size" -le 100000 ]; then peers+=,pandas,python; fi # too slow to wait for beyond
    for kind in clean dirty; do
        data=$kit/data/msg-$size
        options=()
        if [ $kind = dirty ]; then
            data+=-dirty
            options+=(--dirty)
        fi
        if [ ! -d "$data" ]; then
            rm -rf "$data.part" # of a generation that was interrupted
            "$python" "$kit/messages/gen.py" \
                --customers "$size" --seed 7 --out "$data.part" "${options[@]}"
            mv "$data.part" "$data"
        fi
        # A home of its own for each run, which compare.py removes with the output before the next.
        "$python" "$kit/bench/compare.py" messages --data "$data" --peers "$peers" \
            --add "sluice='$sluice' run {data} --out {out} --home {out}.home" \
            --baseline sluice --rounds "$rounds" --json "$kit/results/${data##*/}.json" ||
            failures=$((failures + 1))
    done
done
if [ "$failures" -gt 0 ]; then
    echo "bench: in $failures of the comparisons a command failed or gave a wrong answer" >&2
    exit 1
fi
