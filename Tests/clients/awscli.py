"""awscli.py AWS ENDPOINT: a session with a Step Functions endpoint through the AWS CLI, as somebody types it.

AWS is the path of the `aws` command. Wants the function `arrive`, which takes a token and returns at once. Ends with an
assertion when an answer is not as AWS's. The parts are independent and run side by side: each call is a process.
"""
import json
import os
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

environment = {
    "PATH": os.environ["PATH"], "HOME": os.getcwd(), "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": "",
    "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ENDPOINT_URL_SFN": sys.argv[2], "AWS_MAX_ATTEMPTS": "1",
}
role = "arn:aws:iam::000000000000:role/r"


def aws(operation, *words, refused=None):
    """The answer of `aws stepfunctions OPERATION …`; with `refused` it must fail with that error."""
    run = subprocess.run(
        [sys.argv[1], "stepfunctions", operation, *words, "--output", "json"], env=environment,
        capture_output=True, text=True, timeout=120)
    if refused:
        assert run.returncode != 0 and f"({refused})" in run.stderr, (operation, run)
        return None
    assert run.returncode == 0, (operation, words, run.stderr)
    return json.loads(run.stdout) if run.stdout.strip() else {}


def create(name, states, start, *words):
    definition = json.dumps({"StartAt": start, "States": states})
    return aws("create-state-machine", "--name", name, "--role-arn", role, "--definition", definition,
               *words)["stateMachineArn"]


def until(what):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
    raise AssertionError("never came: " + what.__name__)


def ended(arn):
    def execution_ended():
        found = aws("describe-execution", "--execution-arn", arn)
        return found if found["status"] != "RUNNING" else None
    return until(execution_ended)


def token(arn, number):
    """The token of the number-th try that the execution waits with."""
    def token_given():
        events = aws("get-execution-history", "--execution-arn", arn)["events"]
        given = [e["taskScheduledEventDetails"] for e in events if e["type"] == "TaskScheduled"]
        if sum(e["type"] == "TaskSubmitted" for e in events) < number:
            return None
        return json.loads(given[number - 1]["parameters"])["Payload"]["taskToken"]
    return until(token_given)


def executions():
    made = create("cli-passes", {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}, "A",
                  "--tags", "key=a,value=1")
    assert made in [m["stateMachineArn"] for m in aws("list-state-machines")["stateMachines"]]
    arn = aws("start-execution", "--state-machine-arn", made, "--name", "one", "--input", '{"a":1}')["executionArn"]
    found = ended(arn)
    assert (found["status"], found["output"]) == ("SUCCEEDED", '{"a":1}'), found
    types = ["ExecutionStarted", "PassStateEntered", "PassStateExited", "SucceedStateEntered",
             "SucceedStateExited", "ExecutionSucceeded"]
    # The CLI asks for page after page.
    events = aws("get-execution-history", "--execution-arn", arn, "--page-size", "2")["events"]
    assert [e["type"] for e in events] == types, events
    page = aws("get-execution-history", "--execution-arn", arn, "--reverse-order", "--max-items", "4",
               "--page-size", "3")
    rest = aws("get-execution-history", "--execution-arn", arn, "--reverse-order", "--starting-token",
               page["NextToken"])
    assert [e["type"] for e in page["events"] + rest["events"]] == types[::-1], (page, rest)
    plain = aws("get-execution-history", "--execution-arn", arn, "--no-include-execution-data")["events"]
    details = [d for e in plain for d in e.values() if isinstance(d, dict)]
    assert details and not any("input" in d or "output" in d for d in details), plain
    listed = aws("list-executions", "--state-machine-arn", made, "--status-filter", "SUCCEEDED")["executions"]
    assert [e["name"] for e in listed] == ["one"], listed
    aws("start-execution", "--state-machine-arn", made, "--name", "one", "--input", "{}",
        refused="ExecutionAlreadyExists")
    aws("redrive-execution", "--execution-arn", arn, refused="ExecutionNotRedrivable")


def machines():
    states = {"A": {"Type": "Succeed"}}
    made = create("cli-machine", states, "A")
    good = json.dumps({"StartAt": "A", "States": states})
    assert aws("validate-state-machine-definition", "--definition", good)["result"] == "OK"
    bad = json.dumps({"StartAt": "none", "States": states})
    answer = aws("validate-state-machine-definition", "--definition", bad)
    assert answer["result"] == "FAIL" and answer["diagnostics"], answer
    aws("create-state-machine", "--name", "cli-bad", "--role-arn", role, "--definition", bad,
        refused="InvalidDefinition")
    new = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    aws("update-state-machine", "--state-machine-arn", made, "--definition", new)
    assert aws("describe-state-machine", "--state-machine-arn", made)["definition"] == new
    aws("tag-resource", "--resource-arn", made, "--tags", "key=a,value=1", "key=b,value=2")
    aws("untag-resource", "--resource-arn", made, "--tag-keys", "a")
    assert aws("list-tags-for-resource", "--resource-arn", made)["tags"] == [{"key": "b", "value": "2"}]
    aws("delete-state-machine", "--state-machine-arn", made)
    aws("start-execution", "--state-machine-arn", made, refused="StateMachineDoesNotExist")


def stops():
    made = create("cli-waits", {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}, "W")
    arn = aws("start-execution", "--state-machine-arn", made)["executionArn"]
    aws("stop-execution", "--execution-arn", arn, "--error", "Enough", "--cause", "of it")
    found = aws("describe-execution", "--execution-arn", arn)
    assert (found["status"], found["error"], found["redriveStatus"]) == ("ABORTED", "Enough", "REDRIVABLE"), found
    aws("redrive-execution", "--execution-arn", arn)
    found = aws("describe-execution", "--execution-arn", arn)
    assert (found["status"], found["redriveCount"]) == ("RUNNING", 1), found
    definition = aws("describe-state-machine-for-execution", "--execution-arn", arn)["definition"]
    assert '"Seconds": 3600' in definition, definition
    aws("stop-execution", "--execution-arn", arn)


def calls_back():
    payload = {"action": "await", "job": "customer-messages", "fileSet": uuid.uuid4().hex, "run": 1, "kind": "orders",
               "taskToken.$": "$$.Task.Token"}
    made = create("cli-calls-back", {"T": {
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "HeartbeatSeconds": 600,
        "Parameters": {"FunctionName": "arrive", "Payload": payload}, "End": True}}, "T")
    arn = aws("start-execution", "--state-machine-arn", made)["executionArn"]
    first = token(arn, 1)
    aws("send-task-heartbeat", "--task-token", first)
    aws("send-task-failure", "--task-token", first, "--error", "Not.Yet", "--cause", "try later")
    assert ended(arn)["error"] == "Not.Yet"
    aws("redrive-execution", "--execution-arn", arn)
    second = token(arn, 2)
    aws("send-task-success", "--task-token", first, "--task-output", "1", refused="TaskTimedOut")
    aws("send-task-success", "--task-token", second, "--task-output", '{"done":true}')
    found = ended(arn)
    assert (found["status"], found["output"]) == ("SUCCEEDED", '{"done":true}'), found


def maps():
    made = create("cli-maps", {"M": {
        "Type": "Map", "ItemsPath": "$", "End": True, "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "C",
            "States": {"C": {"Type": "Choice", "Default": "F", "Choices": [
                {"Variable": "$", "NumericLessThan": 3, "Next": "S"}]},
                "S": {"Type": "Succeed"}, "F": {"Type": "Fail", "Error": "Three"}}}}}, "M")
    arn = aws("start-execution", "--state-machine-arn", made, "--input", "[1,2,3]")["executionArn"]
    assert ended(arn)["error"] == "States.ExceedToleratedFailureThreshold"
    run = aws("list-map-runs", "--execution-arn", arn)["mapRuns"][0]["mapRunArn"]
    counts = aws("describe-map-run", "--map-run-arn", run)["itemCounts"]
    assert counts["total"] == 3 and counts["failed"] == 1, counts
    failed = aws("list-executions", "--map-run-arn", run, "--status-filter", "FAILED")["executions"]
    child = aws("describe-execution", "--execution-arn", failed[0]["executionArn"])
    assert (child["error"], child["input"], child["redriveStatus"]) == ("Three", "3", "REDRIVABLE_BY_MAP_RUN"), child
    aws("redrive-execution", "--execution-arn", arn)
    ended(arn)
    assert aws("describe-map-run", "--map-run-arn", run)["redriveCount"] == 1
    aws("update-map-run", "--map-run-arn", run + "x", "--max-concurrency", "1", refused="ResourceNotFound")


with ThreadPoolExecutor(3) as pool:
    parts = [(part, pool.submit(part)) for part in (calls_back, executions, maps, machines, stops)]
    for part, outcome in parts:
        outcome.result()
        print(part.__name__, "right")
