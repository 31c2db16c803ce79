"""empty_root.py ROOT PACKAGE…: runs each Lambda package with ROOT as its root directory.

ROOT is made when it is missing: then nothing is in it. In any case it gets a hosts file, which names the
Runtime API's host, the address of a name server, which names the service's host, a bundle of one
certificate, which is the service's, and /proc, which Lambda has and Swift's runtime wants. Each function is given an event that makes it ask the service over
HTTPS, and has to report what that answered.

Wants a network and mounts of its own: unshare --user --map-root-user --net --mount python3 empty_root.py …
"""
import fcntl
import http.server
import json
import os
import pathlib
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import zipfile

root = pathlib.Path(sys.argv[1])
ANSWER = "AnsweredOverTLS"
run = {"format": 2, "job": "customer-messages", "fileSet": "S", "run": 1, "secret": "0" * 64}
tasks = {"index": 0, "fromSlice": 0, "toSlice": 4096, "startTime": "2024-01-05T10:00:00Z"}
file = {"bucket": "bucket", "key": "customers_S.csv", "versionId": "v", "eTag": "e", "size": 10}
events = {
    "arrive": {"action": "restart", "job": "customer-messages", "fileSet": "S"},
    "validate": {**run, "kind": "customers", "file": file},
    "parse-chunk": {**run, "kind": "customers", "index": 0, "from": 0, "to": 10},
    "seal": {**run, "action": "summary"},
    "aggregate": {**run, **tasks, "stage": "aggregate"},
    "emit": {**run, **tasks, "stage": "emit"},
}


def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = struct.pack("16sh22x", b"lo", 1)  # SIOCSIFFLAGS, IFF_UP
        fcntl.ioctl(s, 0x8914, request)


asked = []


def name_server(s):
    """Answers every question for an address with 127.0.0.1."""
    while True:
        query, client = s.recvfrom(1500)
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += query[at] + 1
        question = query[12:at + 5]
        is_address = question[-4:-2] == b"\0\1"
        asked.append(".".join(labels))
        record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1" if is_address else b""
        s.sendto(query[:2] + b"\x81\x80\0\1" + bytes([0, int(is_address)]) + b"\0\0\0\0" + question + record, client)


class Service(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    requests = []

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.requests.append(self.path)
        is_json = "X-Amz-Target" in self.headers
        body = (json.dumps({"__type": ANSWER, "message": "-"}) if is_json
                else f"<Error><Code>{ANSWER}</Code><Message>-</Message></Error>").encode()
        self.send_response(400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_HEAD = answer

    def log_message(self, *arguments):
        pass


class RuntimeAPI(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    event = None
    reports = []

    def do_GET(self):
        event, RuntimeAPI.event = RuntimeAPI.event, None
        self.send_response(410 if event is None else 200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", "1")
        body = b"" if event is None else event
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        RuntimeAPI.reports.append((self.path, json.loads(body)))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


def serve(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()


loopback_up()
with tempfile.TemporaryDirectory() as directory:
    key, certificate = directory + "/key.pem", directory + "/certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-keyout", key, "-out", certificate,
         "-subj", "/CN=aws.test", "-addext", "subjectAltName=DNS:aws.test,DNS:*.aws.test"], check=True, stderr=subprocess.DEVNULL)
    for name, text in [("etc/hosts", "127.0.0.1 runtime.test\n"), ("etc/resolv.conf", "nameserver 127.0.0.1\n"),
                       ("etc/ssl/certs/ca-certificates.crt", open(certificate).read())]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "proc").mkdir(exist_ok=True)
    subprocess.run(["mount", "--rbind", "/proc", root / "proc"], check=True)
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind(("127.0.0.1", 53))
    threading.Thread(target=name_server, args=[names], daemon=True).start()
    service = http.server.ThreadingHTTPServer(("127.0.0.1", 443), Service)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    service.socket = context.wrap_socket(service.socket, server_side=True)
    serve(service)
    runtime = http.server.ThreadingHTTPServer(("127.0.0.1", 9001), RuntimeAPI)
    serve(runtime)
    for package in sys.argv[2:]:
        name = pathlib.Path(package).stem
        with zipfile.ZipFile(package) as archive:
            assert archive.namelist() == ["bootstrap"], archive.namelist()
            assert archive.getinfo("bootstrap").external_attr >> 16 == 0o100755
            archive.extract("bootstrap", root)
        os.chmod(root / "bootstrap", 0o755)
        RuntimeAPI.event, RuntimeAPI.reports = json.dumps(events[name]).encode(), []
        Service.requests, asked[:] = [], []
        process = subprocess.Popen(
            ["/bootstrap"], preexec_fn=lambda: (os.chroot(root), os.chdir("/")), stderr=subprocess.PIPE,
            env={"AWS_LAMBDA_RUNTIME_API": "runtime.test:9001", "AWS_LAMBDA_FUNCTION_NAME": name,
                 "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
                 "AWS_ENDPOINT_URL": "https://aws.test", "AWS_MAX_ATTEMPTS": "1", "SLUICE_OBJECTS": "s3://",
                 "SLUICE_WORK_BUCKET": "bucket", "MESSAGES_QUEUE": "https://aws.test/1/queue",
                 "SLUICE_TABLE": "dynamodb://sets", "SLUICE_STATE_MACHINE_ARN_PREFIX": "arn:aws:states:us-east-1:1:stateMachine:"})
        _, log = process.communicate(timeout=30)
        assert process.returncode == 0, (name, process.returncode, log)
        assert len(RuntimeAPI.reports) == 1, (name, RuntimeAPI.reports, log)
        path, report = RuntimeAPI.reports[0]
        assert path.endswith("/invocation/1/error"), path
        assert any(host.endswith("aws.test") for host in asked), (name, asked, log)
        assert Service.requests, (name, report)
        assert report["errorType"] == "Sluice." + ANSWER or "HTTP 400" in report["errorMessage"], report
        print(name, report["errorType"])
