"""services.py ENDPOINT: state machines that call services, through boto3; ends with an assertion when something is not as AWS's.

Leaves the object `work/services/out.json`, a message on the queue `replies` and an event on the bus `default`.
"""
import hashlib
import json
import sys
import time

import boto3
from botocore.config import Config


def client(name, **options):
    # What is synchronous has a host name of its own on AWS, which a loopback address cannot have.
    return boto3.client(name, endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="test",
                        aws_secret_access_key="test",
                        config=Config(retries={"max_attempts": 0}, inject_host_prefix=False))


sf, ddb = client("stepfunctions"), client("dynamodb")
role = "arn:aws:iam::000000000000:role/r"


def task(resource, parameters, **more):
    return {"Type": "Task", "Resource": "arn:aws:states:::" + resource, "Parameters": parameters, **more}


def machine(name, states, type="STANDARD"):
    definition = json.dumps({"StartAt": next(iter(states)), "States": states})
    return sf.create_state_machine(name=name, definition=definition, roleArn=role, type=type)["stateMachineArn"]


def run(made, input="{}"):
    arn = sf.start_execution(stateMachineArn=made, input=input)["executionArn"]
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = sf.describe_execution(executionArn=arn)
        if found["status"] != "RUNNING":
            return found
        time.sleep(0.02)
    raise AssertionError("never ended: " + arn)


ddb.create_table(TableName="services", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
                 AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST")
key = {"k": {"S": "1"}}
found = run(machine("services", {
    "PutItem": task("dynamodb:putItem", {"TableName": "services", "Item": {**key, "n.$": "$.n"}},
                    ResultPath="$.put", Next="Update"),
    "Update": task("dynamodb:updateItem", {
        "TableName": "services", "Key": key, "UpdateExpression": "SET done = :t", "ReturnValues": "ALL_NEW",
        "ExpressionAttributeValues": {":t": {"BOOL": True}}}, ResultPath="$.update", Next="GetItem"),
    "GetItem": task("dynamodb:getItem", {"TableName": "services", "Key": key},
                    ResultSelector={"item.$": "$.Item"}, Next="PutObject"),
    "PutObject": task("aws-sdk:s3:putObject", {"Bucket": "work", "Key": "services/out.json", "Body.$": "$"},
                      ResultPath="$.put", Next="GetObject"),
    "GetObject": task("aws-sdk:s3:getObject", {"Bucket": "work", "Key": "services/out.json"},
                      ResultPath="$.get", Next="Send"),
    "Send": task("sqs:sendMessage", {
        "QueueUrl": sys.argv[1] + "/000000000000/replies", "MessageBody": {"item.$": "$.item"}},
        ResultPath="$.sent", Next="Event"),
    "Event": task("events:putEvents", {"Entries": [
        {"Source": "services", "DetailType": "done", "Detail": {"item.$": "$.item"}}]}, ResultPath="$.event", End=True),
}), '{"n":{"N":"7"}}')
assert found["status"] == "SUCCEEDED", found
output = json.loads(found["output"])
item = {**key, "n": {"N": "7"}, "done": {"BOOL": True}}
assert output["item"] == item, output
assert json.loads(output["get"]["Body"]) == {"item": item}, output
assert output["get"]["ETag"] == output["put"]["ETag"]
assert output["get"]["ETag"].strip('"') == hashlib.md5(output["get"]["Body"].encode()).hexdigest()
body = json.dumps({"item": output["item"]}, separators=(",", ":"))
assert output["sent"]["MD5OfMessageBody"] == hashlib.md5(body.encode()).hexdigest(), output
assert output["event"]["FailedEntryCount"] == 0 and output["event"]["Entries"][0]["EventId"], output
print("services right")

for resource, parameters, error in (
        ("dynamodb:putItem", {"TableName": "services", "Item": key, "ConditionExpression": "attribute_not_exists(k)"},
         "DynamoDB.ConditionalCheckFailedException"),
        ("dynamodb:getItem", {"TableName": "none", "Key": key}, "DynamoDB.ResourceNotFoundException"),
        ("dynamodb:getItem", {"TableName": "services", "Key": {"x": {"S": "1"}}}, "DynamoDB.AmazonDynamoDBException"),
        ("aws-sdk:s3:getObject", {"Bucket": "work", "Key": "none"}, "S3.NoSuchKeyException"),
        ("aws-sdk:s3:getObject", {"Bucket": "../work", "Key": "x"}, "S3.S3Exception"),
        ("aws-sdk:s3:putObject", {"Bucket": "work", "Key": "../../x", "Body": "x"}, "S3.S3Exception"),
        ("sqs:sendMessage", {"QueueUrl": "http://a/..", "MessageBody": "x"}, "SQS.QueueDoesNotExistException"),
        ("sqs:sendMessage", {"QueueUrl": "http://a/q.fifo", "MessageBody": "x"}, "SQS.UnsupportedOperationException"),
        ("sqs:sendMessage", {"QueueUrl": "http://a/q", "MessageBody": "\u0001"}, "SQS.AmazonSQSException"),
        ("events:putEvents", {"Entries": [{"Source": "s"}]}, "EventBridge.FailedEntry"),
        ("events:putEvents", {"Entries": [{"Source": "s", "DetailType": "d", "Detail": "[]"}]}, "EventBridge.FailedEntry"),
        ("events:putEvents", {"Entries": []}, "EventBridge.AmazonEventBridgeException"),
):
    found = run(machine("wrong", {"T": task(resource, parameters, End=True)}))
    assert (found["status"], found["error"]) == ("FAILED", error), found
    sf.delete_state_machine(stateMachineArn=found["stateMachineArn"])
print("failures right")

child = machine("child", {"P": {"Type": "Pass", "Result": {"a": 1}, "End": True}})
found = run(machine("parent", {"T": task("states:startExecution.sync:2", {"StateMachineArn": child}, End=True)}))
assert json.loads(found["output"])["Output"] == {"a": 1}, found
print("nested right")

express = machine("express", {"P": {"Type": "Pass", "End": True}}, "EXPRESS")
found = sf.start_sync_execution(stateMachineArn=express, input='{"b":2}')
assert (found["status"], found["output"]) == ("SUCCEEDED", '{"b":2}'), found
assert found["billingDetails"]["billedMemoryUsedInMB"] == 64
try:
    sf.start_sync_execution(stateMachineArn=child)
    raise AssertionError("a Standard machine ran synchronously")
except sf.exceptions.StateMachineTypeNotSupported:
    pass
print("express right")
