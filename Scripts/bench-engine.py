#!/usr/bin/env python3
"""Measures the embedded engine through `sluice up`: its release build, over HTTP, with its store on disk.

usage: bench-engine.py SLUICE [ROUNDS]

Prints two tables. The first is time per state transition: entering and leaving a state of an execution that never
waits (one transaction), and of many small executions, each started by a request and written down at its start
and its end. The second is a distributed Map whose children pass their item through two states: time per child
from the Map's start to its end, reading the items and writing the results included, and the most memory that
the process has held. Each row has a process and a home of its own; times are medians of the rounds.

Tasks are not measured here: what a Lambda costs besides is in `sluice run`'s times.
"""

import http.client
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROLE = "arn:aws:iam::000000000000:role/bench"


class Service:
    """A `sluice up` with a home of its own."""

    def __init__(self, sluice):
        self.home = tempfile.mkdtemp(prefix="sluice-bench-")
        self.process = subprocess.Popen(
            [sluice, "up", "--port", "0", "--home", self.home],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        endpoint = self.process.stdout.readline().strip()
        if not endpoint.startswith("http://"):
            raise SystemExit("bench: sluice up did not start")
        self.connection = http.client.HTTPConnection(endpoint.removeprefix("http://"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        shutil.rmtree(self.home)

    def call(self, action, **request):
        self.connection.request(
            "POST", "/", json.dumps(request),
            {"X-Amz-Target": "AWSStepFunctions." + action,
             "Content-Type": "application/x-amz-json-1.0"})
        answer = self.connection.getresponse()
        body = json.loads(answer.read())
        if answer.status != 200:
            raise SystemExit(f"bench: {action}: {body}")
        return body

    def machine(self, definition):
        return self.call(
            "CreateStateMachine", name="bench", roleArn=ROLE, definition=json.dumps(definition)
        )["stateMachineArn"]

    def start(self, machine, data, name):
        return self.call(
            "StartExecution", stateMachineArn=machine, name=name, input=json.dumps(data)
        )["executionArn"]

    def end(self, execution):
        while True:
            found = self.call("DescribeExecution", executionArn=execution)
            if found["status"] == "SUCCEEDED":
                return found
            if found["status"] != "RUNNING":
                raise SystemExit(f"bench: {found}")
            time.sleep(0.005)

    def peak_megabytes(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        return float("nan")


LOOP = {
    "StartAt": "Add",
    "States": {
        "Add": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Enough"},
        "Enough": {
            "Type": "Choice", "Default": "Add",
            "Choices": [{"Variable": "$.n", "NumericEquals": 5000, "Next": "Done"}]},
        "Done": {"Type": "Succeed"}},
}
PASSES = {
    "StartAt": "A",
    "States": {
        "A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "C"},
        "C": {"Type": "Pass", "Next": "D"}, "D": {"Type": "Succeed"}},
}
CHILDREN = {
    "StartAt": "M",
    "States": {"M": {
        "Type": "Map", "End": True,
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "JSON"},
            "Parameters": {"Bucket": "bench", "Key": "items.json"}},
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": "bench", "Prefix": "out"}},
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "A", "States": {
                "A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": True}}}}},
}


def one_execution(sluice):
    """Seconds per transition of one execution that goes around a loop."""
    with Service(sluice) as service:
        machine = service.machine(LOOP)
        begin = time.perf_counter()
        service.end(service.start(machine, {"n": 0}, "loop"))
        return (time.perf_counter() - begin) / 10_001


def many_executions(sluice, count=2000):
    """Seconds per transition of many executions of four states, started one after the other."""
    with Service(sluice) as service:
        machine = service.machine(PASSES)
        begin = time.perf_counter()
        arns = [service.start(machine, {"n": index}, f"e{index}") for index in range(count)]
        service.end(arns[-1])
        return (time.perf_counter() - begin) / (4 * count)


def children(sluice, count):
    """Seconds per child of one distributed Map, and the process's peak memory in MB."""
    with Service(sluice) as service:
        bucket = pathlib.Path(service.home, "buckets", "bench")
        bucket.mkdir(parents=True)
        items = [{"chunk": index, "offset": index * 1_048_576, "length": 1_048_576,
                  "object": "s3://bucket/partner/items_20240105.csv"} for index in range(count)]
        (bucket / "items.json").write_text(json.dumps(items))
        machine = service.machine(CHILDREN)
        begin = time.perf_counter()
        end = service.end(service.start(machine, {}, "map"))
        seconds = (time.perf_counter() - begin) / count
        manifest = json.loads(end["output"])["ResultWriterDetails"]["Key"]
        files = json.loads((bucket / manifest).read_text())["ResultFiles"]["SUCCEEDED"]
        written = sum(len(json.loads((bucket / file["Key"]).read_text())) for file in files)
        if written != count:
            raise SystemExit(f"bench: {written} of {count} children have left a result")
        return seconds, service.peak_megabytes()


def main():
    sluice = os.path.abspath(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    print("| executions | µs a transition | transitions a second |\n|---|--:|--:|")
    for what, measure in (
            ("one of 10,001 transitions", one_execution),
            ("2,000 of 4, each by a request", many_executions)):
        seconds = statistics.median(measure(sluice) for _ in range(rounds))
        print(f"| {what} | {seconds * 1e6:.0f} | {1 / seconds:,.0f} |", flush=True)
    print("\n| children of one Map | ms a child | peak memory |\n|--:|--:|--:|")
    for count in (1_000, 10_000, 20_000):
        found = [children(sluice, count) for _ in range(rounds)]
        seconds = statistics.median(each[0] for each in found)
        peak = max(each[1] for each in found)
        print(f"| {count:,} | {seconds * 1e3:.2f} | {peak:.0f} MB |", flush=True)


if __name__ == "__main__":
    main()
