"""parse-chunk as it is usually written: Python, csv, Decimal and boto3.

Takes the same work order as the executable parse-chunk and does the same for items: reads the records
that start in a range of bytes, sums the amounts by order, and leaves part, rejects and report in S3.
It can do less: line breaks within quotes at the edge of a chunk are not found out.
"""
import csv
import io
import json
from decimal import Decimal, InvalidOperation

import boto3

s3 = boto3.client("s3")
MAXIMUM_RECORD_BYTES = 1 << 20


def records(item):
    """The text of the records that start in the range, with the offsets of the first and of the end."""
    file, start, end = item["file"], item["from"], item["to"]
    # The byte before tells whether a record starts at the range's first.
    first = max(item["bodyStart"], start - 1)
    last = min(file["size"], end + MAXIMUM_RECORD_BYTES) - 1
    answer = s3.get_object(
        Bucket=file["bucket"], Key=file["key"], VersionId=file["versionId"],
        Range=f"bytes={first}-{min(last, end + 64 * 1024)}")
    body = answer["Body"].read()
    begin = 0 if start == item["bodyStart"] else body.index(b"\n") + 1
    stop = body.find(b"\n", end - 1 - first) + 1 if end < file["size"] else len(body)
    return body[begin:stop].decode("utf-8"), first + begin, first + stop


def handler(event, context):
    text, first, end = records(event)
    columns = event["columns"]
    key, amount, width = columns["key"], columns["amount"], len(columns["names"])
    sums, counts, rejects, count = {}, {}, [], 0
    for row in csv.reader(io.StringIO(text, newline="")):
        if not row:
            continue
        count += 1
        try:
            if len(row) != width:
                raise ValueError("wrong field count")
            value = Decimal(row[amount])
        except (InvalidOperation, ValueError) as error:
            rejects.append({"record": count - 1, "reason": str(error), "raw": row})
            continue
        order = row[key]
        sums[order] = sums.get(order, 0) + value
        counts[order] = counts.get(order, 0) + 1
    prefix, kind, name = event["prefix"], event["kind"], f"{event['index']:05d}"
    part = "".join(f"{order},{counts[order]},{total}\n" for order, total in sums.items())
    bucket = "work"
    s3.put_object(Bucket=bucket, Key=f"{prefix}parts/{kind}/{name}.csv", Body=part.encode())
    if rejects:
        lines = "".join(json.dumps(reject) + "\n" for reject in rejects)
        s3.put_object(
            Bucket=bucket, Key=f"{prefix}rejects/{kind}/{name}.jsonl", Body=lines.encode())
    report = {
        "records": count, "rejects": len(rejects), "firstRecordOffset": first, "endOffset": end,
    }
    s3.put_object(
        Bucket=bucket, Key=f"{prefix}reports/{kind}/{name}.json", Body=json.dumps(report).encode())
    return report
