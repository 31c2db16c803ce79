"""session.py ENDPOINT: a session with a Step Functions endpoint through boto3, as a user's program has it.

Wants the function `arrive`, which takes a token and returns at once. Ends with an assertion when an answer is not as AWS's.
"""
import json
import sys
import time
import uuid

import boto3
from botocore.config import Config

sf = boto3.client("stepfunctions", endpoint_url=sys.argv[1], region_name="us-east-1",
                  aws_access_key_id="test", aws_secret_access_key="test",
                  config=Config(retries={"max_attempts": 0}))
role = "arn:aws:iam::000000000000:role/r"


def machine(name, states, start):
    definition = json.dumps({"StartAt": start, "States": states})
    made = sf.create_state_machine(name=name, definition=definition, roleArn=role)["stateMachineArn"]
    # Made again as it is: the same one. Made otherwise: refused.
    assert sf.create_state_machine(name=name, definition=definition, roleArn=role)["stateMachineArn"] == made
    assert sf.describe_state_machine(stateMachineArn=made)["definition"] == definition
    return made


def until(what):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("never came: " + str(what.__name__))


def ended(arn):
    def execution_ended():
        found = sf.describe_execution(executionArn=arn)
        return found if found["status"] != "RUNNING" else None
    return until(execution_ended)


def history(arn, **options):
    pages = sf.get_paginator("get_execution_history").paginate(
        executionArn=arn, PaginationConfig={"PageSize": 2}, **options)
    return [event for page in pages for event in page["events"]]


def token(arn, number):
    """The token of the number-th try that the execution waits with."""
    def token_given():
        events = history(arn)
        given = [e["taskScheduledEventDetails"] for e in events if e["type"] == "TaskScheduled"]
        waits = [e for e in events if e["type"] == "TaskSubmitted"]
        if len(waits) < number:
            return None
        return json.loads(given[number - 1]["parameters"])["Payload"]["taskToken"]
    return until(token_given)


def refused(error, call, **request):
    try:
        call(**request)
    except sf.exceptions.ClientError as found:
        assert found.response["Error"]["Code"] == error, found
        return
    raise AssertionError("not refused with " + error)


def passes():
    made = machine("passes", {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}, "A")
    arn = sf.start_execution(stateMachineArn=made, name="one", input='{"a":1}')["executionArn"]
    found = ended(arn)
    assert (found["status"], found["output"]) == ("SUCCEEDED", '{"a":1}'), found
    types = ["ExecutionStarted", "PassStateEntered", "PassStateExited", "SucceedStateEntered",
             "SucceedStateExited", "ExecutionSucceeded"]
    assert [e["type"] for e in history(arn)] == types
    assert [e["type"] for e in history(arn, reverseOrder=True)] == types[::-1]
    assert [e["id"] for e in history(arn)] == [1, 2, 3, 4, 5, 6]
    refused("ExecutionAlreadyExists", sf.start_execution, stateMachineArn=made, name="one", input='{"a":2}')
    for number in range(4):
        ended(sf.start_execution(stateMachineArn=made, name=f"more-{number}")["executionArn"])
    pages = sf.get_paginator("list_executions").paginate(
        stateMachineArn=made, statusFilter="SUCCEEDED", PaginationConfig={"PageSize": 2})
    names = [e["name"] for page in pages for e in page["executions"]]
    assert names == ["more-3", "more-2", "more-1", "more-0", "one"], names
    assert made in [m["stateMachineArn"] for m in sf.list_state_machines()["stateMachines"]]
    refused("ExecutionNotRedrivable", sf.redrive_execution, executionArn=arn)


def stops():
    made = machine("waits", {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}, "W")
    arn = sf.start_execution(stateMachineArn=made, name="w", input="{}")["executionArn"]
    assert sf.start_execution(stateMachineArn=made, name="w", input="{}")["executionArn"] == arn
    assert [e["name"] for e in sf.list_executions(
        stateMachineArn=made, statusFilter="RUNNING")["executions"]] == ["w"]
    sf.stop_execution(executionArn=arn, error="Enough", cause="of it")
    found = sf.describe_execution(executionArn=arn)
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "Enough", "of it"), found
    assert found["redriveStatus"] == "REDRIVABLE"


def calls_back():
    payload = {"action": "await", "job": "customer-messages", "fileSet": uuid.uuid4().hex, "run": 1, "kind": "orders",
               "taskToken.$": "$$.Task.Token"}
    made = machine("calls-back", {"T": {
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": "arrive", "Payload": payload}, "End": True}}, "T")
    arn = sf.start_execution(stateMachineArn=made, name="c")["executionArn"]
    first = token(arn, 1)
    sf.send_task_heartbeat(taskToken=first)
    sf.send_task_failure(taskToken=first, error="Not.Yet", cause="try later")
    found = ended(arn)
    assert (found["status"], found["error"], found["cause"]) == ("FAILED", "Not.Yet", "try later"), found
    # Redriven it waits anew, with another token.
    sf.redrive_execution(executionArn=arn)
    second = token(arn, 2)
    assert second != first
    refused("TaskTimedOut", sf.send_task_success, taskToken=first, output="1")
    sf.send_task_success(taskToken=second, output='{"done":true}')
    found = ended(arn)
    assert (found["status"], found["output"], found["redriveCount"]) == (
        "SUCCEEDED", '{"done":true}', 1), found
    assert "ExecutionRedriven" in [e["type"] for e in history(arn)]


def maps():
    made = machine("maps", {"M": {
        "Type": "Map", "ItemsPath": "$", "End": True, "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "P",
            "States": {"P": {"Type": "Pass", "End": True}}}}}, "M")
    arn = sf.start_execution(stateMachineArn=made, name="m", input="[1,2,3]")["executionArn"]
    found = ended(arn)
    assert (found["status"], found["output"]) == ("SUCCEEDED", "[1,2,3]"), found
    runs = sf.list_map_runs(executionArn=arn)["mapRuns"]
    assert len(runs) == 1
    run = sf.describe_map_run(mapRunArn=runs[0]["mapRunArn"])
    assert (run["status"], run["itemCounts"]["succeeded"], run["itemCounts"]["total"]) == ("SUCCEEDED", 3, 3), run
    children = sf.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    assert sorted(sf.describe_execution(executionArn=c["executionArn"])["input"] for c in children) == ["1", "2", "3"]


def redrives_maps():
    made = machine("redrives-maps", {"M": {
        "Type": "Map", "ItemsPath": "$", "End": True, "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "C",
            "States": {"C": {"Type": "Choice", "Default": "F", "Choices": [
                {"Variable": "$", "NumericLessThan": 3, "Next": "S"}]},
                "S": {"Type": "Succeed"}, "F": {"Type": "Fail", "Error": "Three"}}}}}, "M")
    arn = sf.start_execution(stateMachineArn=made, name="m", input="[1,2,3]")["executionArn"]
    found = ended(arn)
    assert found["error"] == "States.ExceedToleratedFailureThreshold", found
    run = sf.list_map_runs(executionArn=arn)["mapRuns"][0]["mapRunArn"]
    refused("ExecutionNotRedrivable", sf.redrive_execution, executionArn=sf.list_executions(
        mapRunArn=run, statusFilter="FAILED")["executions"][0]["executionArn"])
    sf.redrive_execution(executionArn=arn)
    assert ended(arn)["redriveCount"] == 1
    again = sf.describe_map_run(mapRunArn=run)
    # Only the child that had failed ran again, and failed again.
    assert (again["redriveCount"], again["itemCounts"]["succeeded"], again["itemCounts"]["failed"]) == (1, 2, 1), again
    assert "MapRunRedriven" in [e["type"] for e in history(arn)]
    refused("ResourceNotFound", sf.update_map_run, mapRunArn=run + "x", maxConcurrency=1)


def changes_machines():
    made = machine("changes", {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}, "W")
    arn = sf.start_execution(stateMachineArn=made, name="old")["executionArn"]
    new = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    assert sf.validate_state_machine_definition(definition=new)["result"] == "OK"
    bad = sf.validate_state_machine_definition(definition=new.replace('"A", "States"', '"B", "States"'))
    assert bad["result"] == "FAIL" and bad["diagnostics"], bad
    sf.update_state_machine(stateMachineArn=made, definition=new)
    assert sf.describe_state_machine(stateMachineArn=made)["definition"] == new
    # What runs goes on by the definition that it was started with.
    assert "3600" in sf.describe_state_machine_for_execution(executionArn=arn)["definition"]
    assert ended(sf.start_execution(stateMachineArn=made, name="new")["executionArn"])["status"] == "SUCCEEDED"
    sf.stop_execution(executionArn=arn)
    sf.delete_state_machine(stateMachineArn=made)
    refused("StateMachineDoesNotExist", sf.start_execution, stateMachineArn=made)


def tags():
    made = sf.create_state_machine(
        name="tagged", roleArn=role, tags=[{"key": "a", "value": "1"}],
        definition='{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}')["stateMachineArn"]
    sf.tag_resource(resourceArn=made, tags=[{"key": "b", "value": "2"}, {"key": "a", "value": "3"}])
    assert sf.list_tags_for_resource(resourceArn=made)["tags"] == [
        {"key": "a", "value": "3"}, {"key": "b", "value": "2"}]
    sf.untag_resource(resourceArn=made, tagKeys=["a", "none"])
    assert sf.list_tags_for_resource(resourceArn=made)["tags"] == [{"key": "b", "value": "2"}]
    refused("TooManyTags", sf.tag_resource, resourceArn=made,
            tags=[{"key": f"k{i}", "value": ""} for i in range(50)])
    assert len(sf.list_tags_for_resource(resourceArn=made)["tags"]) == 1
    refused("ResourceNotFound", sf.list_tags_for_resource, resourceArn=made + "x")


def refuses():
    refused("InvalidDefinition", sf.create_state_machine, name="bad", roleArn=role,
            definition='{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"none"}}}')
    refused("InvalidName", sf.create_state_machine, name="a b", roleArn=role, definition="{}")
    arn = "arn:aws:states:us-east-1:000000000000:%s:none"
    refused("StateMachineDoesNotExist", sf.start_execution, stateMachineArn=arn % "stateMachine")
    refused("ExecutionDoesNotExist", sf.describe_execution, executionArn=arn % "execution:none")
    refused("InvalidToken", sf.send_task_success, taskToken="none", output="1")


for part in (passes, stops, calls_back, maps, redrives_maps, changes_machines, tags, refuses):
    part()
    print(part.__name__, "right")
