import JSON
import Testing

@testable import Inspection

/// What a redrive would do, against the table of Step Functions' documentation.
struct RedrivePlanTests {
    private func report(_ type: String, _ status: StateReport.Status) -> StateReport {
        var report = StateReport(name: "S", type: type, depth: 0, startedAt: 0)
        report.status = status
        return report
    }

    @Test(arguments: [
        ("Task", StateReport.Status.succeeded, RedrivePlan.Action.kept),
        ("Task", .caught, .kept), ("Task", .failed, .again), ("Task", .aborted, .again),
        ("Choice", .failed, .again), ("Wait", .aborted, .again), ("Fail", .failed, .failsAgain),
        ("Parallel", .failed, .goesOn), ("Map", .failed, .goesOn), ("Map", .aborted, .goesOn),
        ("Parallel", .succeeded, .kept),
    ])
    func `a state is kept, runs again or goes on`(
        type: String, status: StateReport.Status, action: RedrivePlan.Action
    ) {
        let entry = RedrivePlan.entry(
            report(type, status), executionError: "E", isWithinWhole: false)
        #expect(entry.action == action)
    }

    /// An API that knows one execution: a Parallel of a Task that failed and a Wait that was aborted.
    private func api(
        error: String, status: String = "FAILED", redriveStatus: String? = "REDRIVABLE"
    ) -> Inspector.API {
        func entered(_ id: Int, _ previous: Int, _ type: String, _ name: String) -> JSON {
            [
                "id": JSON(id), "previousEventId": JSON(previous), "timestamp": 1,
                "type": JSON(type + "StateEntered"),
                "stateEnteredEventDetails": ["name": JSON(name)],
            ]
        }
        func event(_ id: Int, _ previous: Int, _ type: String, _ more: JSONObject = [:]) -> JSON {
            var event: JSONObject = [
                "id": JSON(id), "previousEventId": JSON(previous), "timestamp": 2,
                "type": JSON(type),
            ]
            for (name, value) in more { event[name] = value }
            return .object(event)
        }
        let events: [JSON] = [
            event(1, 0, "ExecutionStarted"), entered(2, 1, "Parallel", "P"),
            event(3, 2, "ParallelStateStarted"), entered(4, 3, "Task", "T"),
            event(5, 4, "LambdaFunctionScheduled"), entered(6, 3, "Wait", "W"),
            event(
                7, 5, "LambdaFunctionFailed", ["lambdaFunctionFailedEventDetails": ["error": "E"]]),
            event(8, 6, "WaitStateAborted"), event(9, 8, "ParallelStateFailed"),
            event(
                10, 9, "ExecutionFailed",
                ["executionFailedEventDetails": ["error": JSON(error)]]),
        ]
        return { action, _ in
            switch action {
            case "DescribeExecution":
                var answer: JSONObject = [
                    "name": "x", "status": JSON(status), "startDate": 0, "error": JSON(error),
                ]
                answer["redriveStatus"] = redriveStatus.map { JSON($0) }
                return .object(answer)
            case "GetExecutionHistory": return ["events": .array(events)]
            default: return [:]
            }
        }
    }

    @Test func `of a Parallel what failed and what was aborted runs again`() throws {
        let plan = try RedrivePlan("arn:x", Inspector(api(error: "E")))
        #expect(plan.obstacle == nil)
        #expect(
            plan.text == """
                x would be redriven:
                  P    goes on with what failed or was aborted
                    T  runs again
                    W  runs again; ends at once when its time has passed
                """)
        let actions = plan.json["states"]?.array?.compactMap { $0["action"]?.string }
        #expect(actions == ["GOES_ON", "AGAIN", "AGAIN"])
    }

    @Test func `of a result that was too large nothing is kept`() throws {
        let plan = try RedrivePlan("arn:x", Inspector(api(error: "States.DataLimitExceeded")))
        #expect(plan.entries.map(\.action) == [.again, .again, .again])
        #expect(plan.entries.first?.note == "all of it: its result was too large")
    }

    @Test(
        arguments: [
            ("SUCCEEDED", nil, "Execution is SUCCEEDED and cannot be redriven"),
            ("FAILED", "NOT_REDRIVABLE", "it is FAILED, NOT_REDRIVABLE"),
            ("FAILED", nil, nil), ("FAILED", "REDRIVABLE", nil),
        ] as [(String, String?, String?)])
    func `what is not redrivable is refused, also where the service does not say`(
        status: String, redriveStatus: String?, obstacle: String?
    ) throws {
        let plan = try RedrivePlan(
            "arn:x", Inspector(api(error: "E", status: status, redriveStatus: redriveStatus)))
        #expect(plan.obstacle == obstacle)
        #expect(plan.entries.isEmpty == (obstacle != nil))
        #expect(plan.json["isRedrivable"] == (obstacle == nil ? true : false))
    }
}
