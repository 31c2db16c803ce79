#!/usr/bin/env bash
# Writes the one bad sample that is too large to keep: a set whose second customer is a record of
# more than 1 MiB, though each of its fields is within its own limit. See sample-csvs/README.md.
#
#   Scripts/make-record-too-large.sh DIRECTORY
set -euo pipefail
directory=${1:?usage: Scripts/make-record-too-large.sh DIRECTORY}
samples=$(dirname "$0")/../sample-csvs/bad/empty-key # its orders and items are good
mkdir -p "$directory"
cp "$samples/orders_20240105.csv" "$samples/items_20240105.csv" "$directory"
{
    printf 'first_name,last_name,customer_reference,status'
    printf ',note%d' {1..9}
    printf '\nNora,Beck,C-1,active,,,,,,,,,\nSam,Dubois,C-2,active'
    for _ in {1..9}; do
        printf ','
        head -c 120000 /dev/zero | tr '\0' n
    done
    printf '\n'
} >"$directory/customers_20240105.csv"
