import JSON
import StatesLanguage
import System
import Testing

@testable import Engine

/// Step Functions' quotas: <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>.
@Suite struct QuotaTests {
    @Test(arguments: [("other", 10, true), ("other", 11, false), ("big", 11, true)])
    func `all variables together have at most 10 MiB`(
        _ name: String, _ bytes: Int, _ fits: Bool
    ) throws {
        let text = """
            {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1, "Next": "A"},
              "A": {"Type": "Pass", "Assign": {"\(name).$": "$"}, "End": true}}}
            """
        var script = try Script(text, input: .string(String(repeating: "x", count: bytes - 2)))
        script.state.flows[1]?.variableBytes = ["big": Quota.variablesBytes - 10]
        script.pass(seconds: 1)
        #expect((script.state.status == .succeeded) == fits)
        guard !fits else { return }
        #expect(script.state.failure?.error == "States.DataLimitExceeded")
        #expect(
            script.state.failure?.cause
                == "The variables of the execution have 10485761 bytes, more than 10485760.")
    }

    @Test func `what branches see of the variables around them counts once`() throws {
        let text = """
            {"StartAt": "A", "States": {
              "A": {"Type": "Pass", "Assign": {"a.$": "$"}, "Next": "M"},
              "M": {"Type": "Map", "ItemsPath": "$$.Execution.Input", "End": true,
                "ItemProcessor": {"StartAt": "B", "States": {
                  "B": {"Type": "Pass", "Assign": {"b": 1}, "End": true}}}}}}
            """
        // Forty iterations each see the 250 kB of `a`.
        let items = (0..<40).map { _ in JSON.string(String(repeating: "x", count: 6_000)) }
        let script = try Script(text, input: .array(items))
        #expect(script.state.status == .succeeded, "\(script.state.failure as Any)")
    }

    @Test func `an inline Map runs forty iterations at once at most`() throws {
        for (asked, expected) in [(0, 40), (1, 1), (39, 39), (41, 40)] {
            let text = """
                {"StartAt": "M", "States": {"M": {"Type": "Map", "MaxConcurrency": \(asked),
                  "End": true, "ItemProcessor": {"StartAt": "W", "States": {
                    "W": {"Type": "Wait", "Seconds": 9, "End": true}}}}}}
                """
            let script = try Script(text, input: .array((0..<50).map { JSON($0) }))
            #expect(script.types.count { $0 == "WaitStateEntered" } == expected)
        }
    }

    @Test func `an Express execution has a longer history`() throws {
        let text = """
            {"StartAt": "M", "States": {"M": {"Type": "Map", "End": true,
              "ItemProcessor": {"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}}}}
            """
        let input = JSON.array(Array(repeating: 0, count: Limits.historyEvents / 4 + 1))
        let script = try Script(text, input: input, isExpress: true)
        #expect(script.state.status == .succeeded)
        #expect(script.events.count > Limits.historyEvents)
        let endless = """
            {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"},
              "B": {"Type": "Pass", "Next": "A"}}}
            """
        let ended = try Script(endless, isExpress: true)
        #expect(ended.state.failure?.error == "States.Runtime")
        #expect(ended.events.count == Limits.expressHistoryEvents)
    }

    @Test func `the sizes of variables outlive a restart`() throws {
        let text = """
            {"StartAt": "A", "States": {
              "A": {"Type": "Pass", "Assign": {"a": [1, 2]}, "Next": "P"},
              "P": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "B", "States": {
                "B": {"Type": "Pass", "Assign": {"b": "x"}, "Next": "W"},
                "W": {"Type": "Wait", "Seconds": 9, "End": true}}}]}}}
            """
        var script = try Script(text)
        let expected = [1: ["a": 5], 2: ["b": 3]]
        #expect(script.state.flows.mapValues(\.variableBytes) == expected)
        script.restart()
        #expect(script.state.flows.mapValues(\.variableBytes) == expected)
    }
}
