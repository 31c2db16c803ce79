"""Measures the executable parse-chunk beside a Python function that does the same, see bench-function.sh.

    bench.py LAMBDAS PACKAGE [ROUNDS]

LAMBDAS is the directory of the static executables, PACKAGE holds the Python function with what it
needs. Both are started by the same host, which speaks the Lambda Runtime API, work on the same chunk
out of the same S3 (moto's server, started here) and are checked to come to the same.
"""
import collections
import http.server
import json
import os
import queue
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zipfile

import boto3

WARM_CALLS = 10
SECRET = "0123456789abcdef" * 4


class Host:
    """The Lambda Runtime API for one process."""

    def __init__(self):
        self.events, self.answers = queue.Queue(), queue.Queue()
        host = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def answer(self, status, headers, body):
                head = f"HTTP/1.1 {status} -\r\nContent-Length: {len(body)}\r\n"
                head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
                # In one piece, so that nothing waits for an acknowledgement.
                self.wfile.write(head.encode() + b"\r\n" + body)

            def do_GET(self):
                host.asked = time.perf_counter_ns()
                host.is_asking.set()
                number, event = host.events.get()
                deadline = int(time.time() * 1000) + 900_000
                host.given = time.perf_counter_ns()
                self.answer(200, {
                    "Content-Type": "application/json",
                    "Lambda-Runtime-Aws-Request-Id": f"00000000-0000-0000-0000-{number:012d}",
                    "Lambda-Runtime-Deadline-Ms": deadline,
                    "Lambda-Runtime-Invoked-Function-Arn":
                        "arn:aws:lambda:us-east-1:000000000000:function:f",
                    "Lambda-Runtime-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0",
                }, event)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                now = time.perf_counter_ns()
                self.answer(202, {}, b"")
                host.answers.put((now, self.path.rsplit("/", 1)[-1], body))

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # a process that was ended

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.number = 0
        self.is_asking = threading.Event()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def put(self, event):
        self.number += 1
        self.events.put((self.number, json.dumps(event).encode()))

    def take(self):
        """When the answer came, and the answer."""
        at, kind, body = self.answers.get(timeout=120)
        if kind != "response":
            raise SystemExit(f"the function failed: {body.decode()}")
        return at, json.loads(body)


class Function:
    def __init__(self, words, environment):
        self.words, self.environment = words, environment

    def start(self, host):
        environment = dict(self.environment, AWS_LAMBDA_RUNTIME_API=f"127.0.0.1:{host.port}")
        self.started = time.perf_counter_ns()
        self.process = subprocess.Popen(
            self.words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def peak_memory(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024

    def end(self):
        self.process.kill()
        self.process.wait()


def call(function, event):
    """One call in a process of its own."""
    host = Host()
    host.put(event)
    function.start(host)
    answer = host.take()[1]
    function.end()
    host.server.shutdown()
    return answer


def measure(function, event):
    """Milliseconds to the first request, to the first answer, of warm calls; bytes at the most."""
    host = Host()
    function.start(host)
    host.is_asking.wait(timeout=60)
    ready = host.asked - function.started
    host.put(event)
    first = host.take()[0] - function.started
    warm = []
    for _ in range(WARM_CALLS):
        host.put(event)
        warm.append(host.take()[0] - host.given)
    memory = function.peak_memory()
    function.end()
    host.server.shutdown()
    return ready / 1e6, first / 1e6, statistics.median(warm) / 1e6, memory


def items_file(size):
    """Items in no order of their orders; some rows are no good."""
    generator = random.Random(7)
    orders = size // 130
    lines, length = ["order_reference,item_name,quantity,total_price\n"], 0
    while length < size:
        order = f"O-{generator.randrange(orders):08d}"
        price = f"{generator.randrange(100_000) / 100:.2f}"
        kind = generator.randrange(20_000)
        if kind == 0:
            price = "free"
        name = '"Teapot, blue"' if kind % 10 == 1 else "Teapot"
        line = f"{order},{name},{1 + kind % 3},{price}\n"
        if kind == 2:
            line = f"{order},{price}\n"
        lines.append(line)
        length += len(line)
    return "".join(lines).encode()


def part_rows(part):
    """A part's rows: key, number of items, cents. The format stands in PartLayout.swift."""
    assert part[:8] == b"SLUICE1\n"
    second, amount_bytes, scale, counts, text, count_bytes = part[8:14]
    assert (second, text) == (0, 0) and scale == 2 and counts <= 1
    start = 64 + 4097 * 4
    width = 16 + amount_bytes + counts * count_bytes
    for at in range(start, len(part), width):
        cents = int.from_bytes(part[at + 16:at + 16 + amount_bytes], "little", signed=True)
        count = part[at + 16 + amount_bytes:at + width]
        yield part[at:at + 16], int.from_bytes(count, "little") if counts else 1, cents


def check(s3, event, theirs, ours, their_answer, our_answer):
    names = ["records", "rejects", "firstRecordOffset", "endOffset"]
    for name in names:
        if their_answer[name] != our_answer[name]:
            raise SystemExit(f"{name}: {our_answer[name]} and {their_answer[name]}")
    if not our_answer["rejects"] or our_answer["records"] < 1000:
        raise SystemExit("the chunk tries too little")
    name = f"parts/items/{event['index']:05d}"
    get = lambda key: s3.get_object(Bucket="work", Key=key)["Body"].read()
    sums = collections.defaultdict(lambda: [0, 0])
    for key, count, cents in part_rows(get(f"{ours}{name}.part")):
        sums[key][0] += count
        sums[key][1] += cents
    expected = []
    for line in get(f"{theirs}{name}.csv").decode().splitlines():
        _, count, total = line.split(",")
        expected.append((int(count), int(total.replace(".", ""))))
    if sorted(map(tuple, sums.values())) != sorted(expected):
        raise SystemExit("the sums by order are not the same")
    return our_answer["records"], len(expected)


def zipped(directory, name, paths):
    """Bytes of a Lambda package."""
    path = os.path.join(directory, name)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
        for source, target in paths:
            package.write(source, target)
    return os.path.getsize(path)


def tree(root):
    for directory, folders, names in os.walk(root):
        folders[:] = [folder for folder in folders if folder not in ("__pycache__", "bin")]
        for name in names:
            path = os.path.join(directory, name)
            yield path, os.path.relpath(path, root)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def storage(directory):
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-c", "from moto.server import main; main()", "-H", "127.0.0.1",
         "-p", str(port)],
        stdout=open(os.path.join(directory, "moto.log"), "w"), stderr=subprocess.STDOUT)
    endpoint = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            urllib.request.urlopen(endpoint + "/moto-api/", timeout=5).close()
            return server, endpoint
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.05)
    raise SystemExit("moto's server does not start: " + open(directory + "/moto.log").read())


def spread(values, form):
    return f"{form(statistics.median(values))} ({form(min(values))}–{form(max(values))})"


def milliseconds(value):
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def megabytes(value):
    return f"{value / 1e6:.1f}"


def bench(directory, lambdas, package, rounds):
    server, endpoint = storage(directory)
    try:
        environment = {
            "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_LAMBDA_FUNCTION_NAME": "parse-chunk",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769", "SLUICE_OBJECTS": "s3://",
            "SLUICE_WORK_BUCKET": "work", "PATH": os.environ["PATH"],
        }
        os.environ.update(environment)
        s3 = boto3.client("s3")
        for bucket in ("drop", "work"):
            s3.create_bucket(Bucket=bucket)
            s3.put_bucket_versioning(
                Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        python = dict(environment, PYTHONPATH=package, PYTHONDONTWRITEBYTECODE="1")
        functions = {
            "static Swift": Function([f"{lambdas}/parse-chunk"], environment),
            "Python, boto3": Function(
                [sys.executable, "-m", "awslambdaric", "parse_chunk.handler"], python),
        }
        sizes = {
            "static Swift": zipped(
                directory, "swift.zip", [(f"{lambdas}/parse-chunk", "bootstrap")]),
            "Python, boto3": zipped(directory, "python.zip", list(tree(package))),
        }
        print("| chunk | function | start to first request, ms | start to first answer, ms "
              "| warm call, ms | peak memory, MB | package, MB |")
        print("|---|---|---|---|---|---|---|")
        for chunk in (1 << 20, 8 << 20):
            body = items_file(3 * chunk)
            put = s3.put_object(Bucket="drop", Key=f"items_{chunk}.csv", Body=body)
            file = {"bucket": "drop", "key": f"items_{chunk}.csv",
                    "versionId": put["VersionId"], "eTag": put["ETag"].strip('"'),
                    "size": len(body)}
            # The work order comes from validate, as in a run.
            validate = Function(
                [f"{lambdas}/validate"], dict(environment, SLUICE_CHUNK_SIZE_BYTES=str(chunk)))
            plan = call(validate, {
                "kind": "items", "file": file, "fileSet": str(chunk), "run": 1, "secret": SECRET})
            manifest = s3.get_object(
                Bucket=plan["manifest"]["bucket"], Key=plan["manifest"]["key"])["Body"].read()
            order = json.loads(manifest)[1]
            orders = {name: dict(order, prefix=f"{name.split()[0].strip(',')}/{chunk}/")
                      for name in functions}
            answers = {name: call(functions[name], orders[name]) for name in functions}
            swift, boto = functions
            records, distinct = check(
                s3, order, orders[boto]["prefix"], orders[swift]["prefix"], answers[boto],
                answers[swift])
            results = {name: [] for name in functions}
            for number in range(rounds + 1):
                for name, function in functions.items():
                    result = measure(function, orders[name])
                    if number > 0:  # the first round warms the machine up
                        results[name].append(result)
            for name in functions:
                ready, first, warm, memory = zip(*results[name])
                print(f"| {chunk >> 20} MiB, {records:,} records, {distinct:,} orders | {name} "
                      f"| {spread(ready, milliseconds)} | {spread(first, milliseconds)} "
                      f"| {spread(warm, milliseconds)} | {spread(memory, megabytes)} "
                      f"| {megabytes(sizes[name])} |", flush=True)
            print(f"| | the requests alone, by boto3 | | "
                  f"| {spread(requests_alone(order, s3, orders[swift]), milliseconds)} "
                  "| | |")
        print(f"\n{rounds} rounds after one to warm up, by turns; median (smallest–largest); a warm "
              f"call is the median of {WARM_CALLS} in its process. Both came to the same sums.")
    finally:
        server.kill()
        server.wait()


def requests_alone(order, s3, ours):
    """Milliseconds for fetching the chunk and storing part and report, with boto3 and nothing else."""
    name = f"{ours['prefix']}parts/items/{order['index']:05d}.part"
    part = s3.get_object(Bucket="work", Key=name)["Body"].read()
    file, times = order["file"], []
    for _ in range(WARM_CALLS):
        start = time.perf_counter_ns()
        s3.get_object(
            Bucket=file["bucket"], Key=file["key"], VersionId=file["versionId"],
            Range=f"bytes={order['from']}-{order['to'] - 1}")["Body"].read()
        for key, data in (("part", part), ("report", b"{}" * 100)):
            s3.put_object(Bucket="work", Key=f"alone/{key}", Body=data)
        times.append((time.perf_counter_ns() - start) / 1e6)
    return times


if __name__ == "__main__":
    work = tempfile.mkdtemp(prefix="sluice-bench-")
    try:
        bench(work, os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]),
              int(sys.argv[3]) if len(sys.argv) > 3 else 5)
    finally:
        shutil.rmtree(work)
