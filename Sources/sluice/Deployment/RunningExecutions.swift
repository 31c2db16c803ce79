import AWSClient
import JSON

/// The executions of a stack's state machines that are running.
///
/// CloudFormation deletes a state machine when its executions have ended, and one that waits for a file
/// does so for hours: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html>.
struct RunningExecutions {
    private let stateMachineARNs: [String]
    private let stepFunctions: StepFunctions

    init(stateMachineARNs: [String], _ stepFunctions: StepFunctions) {
        self.stateMachineARNs = stateMachineARNs
        self.stepFunctions = stepFunctions
    }

    /// How often it looks again for what was started meanwhile, by a file that came late for instance.
    private static let looks = 20

    /// Stops them all, and says how many there were.
    /// - Throws: ``CommandError`` when new ones are started again and again.
    func stop() throws {
        for _ in 0..<Self.looks {
            let running = try stateMachineARNs.flatMap { try self.running($0) }
            if running.isEmpty { return }
            let noun = running.count == 1 ? "execution" : "executions"
            Terminal.standardError("stopping \(running.count) running \(noun)\n")
            for arn in running {
                _ = try stepFunctions.call(
                    "StopExecution",
                    [
                        "executionArn": .string(arn),
                        "cause": "The stack is being deleted.",
                    ])
            }
        }
        throw CommandError(
            .unavailable,
            "executions are started as fast as they are stopped; stop what drops files first")
    }

    private func running(_ stateMachine: String) throws(AWSError) -> [String] {
        var arns: [String] = []
        var token: JSON?
        repeat {
            var input: JSONObject = [
                "stateMachineArn": .string(stateMachine), "statusFilter": "RUNNING",
            ]
            input["nextToken"] = token
            let answer: JSON
            do throws(AWSError) {
                answer = try stepFunctions.call("ListExecutions", .object(input))
            } catch {
                // It is gone already, by hand or by a deletion that failed half-way.
                if error.code == "StateMachineDoesNotExist" { return [] }
                throw error
            }
            arns += (answer["executions"]?.array ?? []).compactMap { $0["executionArn"]?.string }
            token = answer["nextToken"].flatMap { $0.isNull ? nil : $0 }
        } while token != nil
        return arns
    }
}
