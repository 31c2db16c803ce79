import Engine
import HTTP
import JSON
import LocalDynamoDB
import System
import Testing

@testable import LambdaHost

@Suite(.enabled(if: hasPython, "python3 plays the functions"))
struct GatewayTests {
    let test: TestHost
    let server: LoopbackServer
    let client = HTTPClient()

    init() throws {
        let test = try TestHost()
        self.test = test
        let tables = try TableStore(test.directory.path + "/tables")
        let gateway = Gateway(tables: tables, host: test.host) {
            action, request throws(ServiceError) in
            if action == "Stopped" { throw ServiceError("ServiceUnavailable", "stopped") }
            if action == "Refused" { throw ServiceError("ExecutionDoesNotExist", "not there") }
            return ["action": JSON(action), "request": request]
        }
        server = try LoopbackServer { gateway.answer($0) }
    }

    func post(
        _ path: String, _ body: String, headers: HTTPHeaders = [:]
    ) throws -> (status: Int, body: JSON?, headers: HTTPHeaders) {
        let response = try client.perform(
            HTTPRequest(
                "POST", "http://127.0.0.1:\(server.port)" + path, headers: headers,
                body: Array(body.utf8)))
        return (response.status, try? JSON(parsing: response.body), response.headers)
    }

    func call(_ target: String, _ body: String) throws -> (
        status: Int, body: JSON?, headers: HTTPHeaders
    ) {
        try post("/", body, headers: ["X-Amz-Target": target])
    }

    @Test func `operations of Step Functions go to the engine`() throws {
        let answer = try call("AWSStepFunctions.StartExecution", #"{"name":"n"}"#)
        #expect(answer.status == 200)
        #expect(answer.body == ["action": "StartExecution", "request": ["name": "n"]])
        #expect(answer.headers["Content-Type"] == "application/x-amz-json-1.0")
        #expect(answer.headers["x-amzn-RequestId"]?.utf8.count == 36)
    }

    @Test func `what the engine refuses is an error of the protocol`() throws {
        let answer = try call("AWSStepFunctions.Refused", "{}")
        #expect(answer.status == 400)
        #expect(answer.body == ["__type": "ExecutionDoesNotExist", "message": "not there"])
        // One that is worth another try says so.
        #expect(try call("AWSStepFunctions.Stopped", "{}").status == 503)
    }

    @Test func `operations of DynamoDB go to the tables`() throws {
        let missing = try call("DynamoDB_20120810.DescribeTable", #"{"TableName":"none"}"#)
        #expect(missing.status == 400)
        #expect(missing.body?["__type"] == "ResourceNotFoundException")
        let made = try call(
            "DynamoDB_20120810.CreateTable",
            """
            {"TableName":"set","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],
             "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}]}
            """)
        #expect(made.status == 200)
        _ = try call("DynamoDB_20120810.PutItem", #"{"TableName":"set","Item":{"pk":{"S":"a"}}}"#)
        let refused = try call(
            "DynamoDB_20120810.UpdateItem",
            """
            {"TableName":"set","Key":{"pk":{"S":"a"}},"ConditionExpression":"attribute_exists(b)",
             "ReturnValuesOnConditionCheckFailure":"ALL_OLD"}
            """)
        #expect(refused.body?["__type"] == "ConditionalCheckFailedException")
        #expect(refused.body?["Item"] == ["pk": ["S": "a"]])
    }

    @Test(arguments: [
        ("Unknown.Thing", "{}", "UnknownOperationException"),
        ("AWSStepFunctions", "{}", "UnknownOperationException"),
        ("AWSStepFunctions.StartExecution", "{", "SerializationException"),
        ("AWSStepFunctions.StartExecution", "[]", "SerializationException"),
    ])
    func `what cannot be understood is refused`(target: String, body: String, code: String) throws {
        let answer = try call(target, body)
        #expect(answer.status == 400)
        #expect(answer.body?["__type"]?.string == code)
    }

    @Test func `functions can be invoked`() throws {
        let answer = try post("/2015-03-31/functions/work/invocations", #"{"a":1}"#)
        #expect(answer.status == 200)
        #expect(answer.body == ["a": 1])
        #expect(answer.headers["X-Amz-Function-Error"] == nil)
        let failed = try post("/2015-03-31/functions/work/invocations", #"{"do":"error"}"#)
        #expect(failed.status == 200)
        #expect(failed.headers["X-Amz-Function-Error"] == "Unhandled")
        #expect(failed.body?["errorType"] == "Sluice.Test")
        let unknown = try post("/2015-03-31/functions/none/invocations", "{}")
        #expect(unknown.status == 404)
        #expect(unknown.headers["x-amzn-ErrorType"] == "ResourceNotFoundException")
        let event = try post(
            "/2015-03-31/functions/work/invocations", "{}",
            headers: ["X-Amz-Invocation-Type": "Event"])
        #expect(event.status == 400)
    }

    @Test func `health is told, and what is not there is not found`() throws {
        let url = "http://127.0.0.1:\(server.port)"
        #expect(try client.perform(HTTPRequest("GET", url + "/health")).text == #"{"status":"ok"}"#)
        #expect(try client.perform(HTTPRequest("GET", url + "/none")).status == 404)
        #expect(try client.perform(HTTPRequest("GET", url + "/worker/x")).status == 404)
        #expect(try post("/health", "").status == 405)
    }
}
