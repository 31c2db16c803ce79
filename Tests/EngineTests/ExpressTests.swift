import JSON
import System
import Testing

@testable import Engine

/// Executions of Express state machines.
@Suite struct ExpressTests {
    static func sync(_ rig: Rig, _ machine: String, _ more: JSONObject = [:]) throws -> JSON {
        var request = more
        request["stateMachineArn"] = .string(machine)
        return try rig.call("StartSyncExecution", .object(request))
    }

    @Test func `a synchronous execution is answered when it has ended`() throws {
        let rig = try Rig(skipsTime: true)
        let machine = try rig.machine(
            ["StartAt": "W", "States": ["W": ["Type": "Wait", "Seconds": 7, "End": true]]],
            type: "EXPRESS")
        let answer = try Self.sync(rig, machine, ["name": "one", "input": "[1]"])
        #expect(answer["status"] == "SUCCEEDED")
        #expect(answer["input"] == "[1]" && answer["output"] == "[1]")
        #expect(answer["name"] == "one" && answer["stateMachineArn"]?.string == machine)
        #expect(answer["inputDetails"] == ["included": true])
        #expect(
            answer["billingDetails"]
                == ["billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 7000])
        #expect(
            answer["executionArn"]?.string?.hasPrefix(
                "arn:aws:states:us-east-1:000000000000:express:machine:one:") == true)
        // The name is free again at once.
        let again = try Self.sync(rig, machine, ["name": "one", "includedData": "METADATA_ONLY"])
        #expect(again["executionArn"] != answer["executionArn"])
        #expect(again["input"] == nil && again["output"] == nil)
        #expect(again["outputDetails"] == ["included": false])
    }

    @Test func `a failure is an answer, and five minutes are the end`() throws {
        let rig = try Rig(skipsTime: true)
        let failing = try rig.machine(NestedExecutionTests.fail, name: "f", type: "EXPRESS")
        let failed = try Self.sync(rig, failing)
        #expect(failed["status"] == "FAILED")
        #expect(failed["error"] == "E" && failed["cause"] == "C" && failed["output"] == nil)
        let slow = try rig.machine(OperationTests.wait, name: "w", type: "EXPRESS")
        let late = try Self.sync(rig, slow)
        #expect(late["status"] == "TIMED_OUT")
        #expect(late["billingDetails"]?["billedDurationInMilliseconds"] == 300_000)
    }

    @Test func `Standard machines do not run synchronously`() throws {
        let rig = try Rig()
        let machine = try rig.machine(OperationTests.pass)
        #expect(
            OperationTests.code(rig, "StartSyncExecution", ["stateMachineArn": .string(machine)])
                == "StateMachineTypeNotSupported")
    }

    @Test func `an engine that stops lets its callers go`() throws {
        let rig = try Rig()
        let machine = try rig.machine(OperationTests.wait, type: "EXPRESS")
        let engine = rig.engine
        let started = Monitor(false)
        engine.observe { _, _ in started.withLock { $0 = true } }
        let code = Monitor<String?>(nil)
        let caller = Thread {
            do throws(ServiceError) {
                _ = try engine.call("StartSyncExecution", ["stateMachineArn": .string(machine)])
            } catch { code.withLock { $0 = error.code } }
        }
        _ = started.soon { $0 ? true : nil }
        engine.shutdown()
        caller.join()
        #expect(code.withLock { $0 } == "ServiceUnavailable")
    }

    @Test func `what runs asynchronously can be described and read, but not stopped`() throws {
        let rig = try Rig()
        let machine = try rig.machine(OperationTests.pass, type: "EXPRESS")
        let arn = try rig.start(machine, name: "same")
        let other = try rig.start(machine, name: "same")
        #expect(arn != other)
        #expect(try rig.end(of: arn)["status"] == "SUCCEEDED")
        #expect(try rig.eventTypes(arn).last == "ExecutionSucceeded")
        for action in ["StopExecution", "RedriveExecution"] {
            #expect(
                OperationTests.code(rig, action, ["executionArn": .string(arn)]) == "InvalidArn")
        }
    }

    @Test func `an Express machine waits for nothing outside`() throws {
        let rig = try Rig()
        for (resource, parameters) in [
            ("states:startExecution.sync", ["StateMachineArn": "a"]),
            ("sqs:sendMessage.waitForTaskToken", ["QueueUrl": "q", "MessageBody": "m"]),
            ("lambda:invoke.waitForTaskToken", ["FunctionName": "f"]),
        ] as [(String, JSON)] {
            let definition = IntegrationTests.task(resource, parameters)
            do {
                _ = try rig.machine(definition, name: "e", type: "EXPRESS")
                Issue.record("\(resource) was accepted")
            } catch let error as ServiceError {
                #expect(error.message.contains("cannot wait for a job"), "\(error)")
            }
            _ = try rig.machine(definition, name: "standard-\(resource.hashValue)")
        }
    }
}
