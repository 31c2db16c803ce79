import Glibc
import JSON
import System
import Testing

@testable import Engine

/// Tries every ``RedriveCase`` and holds what happened to `Documentation/redrive.md`, which it
/// writes itself when `SLUICE_WRITE_TABLES` is set.
@Suite struct RedriveTableTests {
    static let file = "Documentation/redrive.md"
    static let root = String(
        #filePath.utf8.dropLast("/Tests/EngineTests/RedriveTableTests.swift".utf8.count))!

    @Test func `what a redrive did, state type by state type, is the table in the documentation`()
        throws
    {
        var text = Self.introduction
        for row in RedriveCase.all { text += try RedriveTrial(row).run() }
        text += Self.refusalsIntroduction
        for (what, documented, answer) in try Self.refusals() {
            text += "| \(what) | \(documented) | \(answer) |\n"
        }
        let path = "\(Self.root)/\(Self.file)"
        if getenv("SLUICE_WRITE_TABLES") != nil {
            try FileSystem.makeDirectory("\(Self.root)/Documentation")
            try FileSystem.replace(path, with: text)
        }
        let written = String(decoding: try FileSystem.contents(of: path), as: UTF8.self)
        let lines = { (text: String) in text.split(separator: "\n").map { String($0) } }
        for (written, now) in zip(lines(written), lines(text)) where written != now {
            Issue.record("\(Self.file) is stale: it says\n\(written)\nbut now\n\(now)")
        }
        #expect(written == text, "\(Self.file) is stale: write it with SLUICE_WRITE_TABLES=1")
    }

    private static let introduction = """
        <!-- Written by a test, do not edit: SLUICE_WRITE_TABLES=1 swift test --filter RedriveTable -->
        # What a redrive runs again

        Each row was run by the engine: once until it failed, timed out or was stopped, and then by
        RedriveExecution when what had been broken was mended. *AWS documents* is after
        [Restarting executions with redrive](https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html)
        and [Redriving Map Runs](https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html).
        *Called again* are the functions and what they were given; a child is a child execution of a Map Run.

        | state | AWS documents | first try | events of the redrive | called again | end |
        |---|---|---|---|---|---|

        """

    private static let refusalsIntroduction = """

        # What cannot be redriven

        | execution | AWS documents | RedriveExecution answered |
        |---|---|---|

        """

    /// Executions that RedriveExecution refuses, and with what.
    private static func refusals() throws -> [(String, String, String)] {
        let rig = try Rig(skipsTime: true)
        func answer(_ arn: String) -> String {
            do {
                try rig.call("RedriveExecution", ["executionArn": .string(arn)])
                return "nothing: it was redriven"
            } catch let error as ServiceError {
                return "`\(error.code)`: \(error.message)"
            } catch {
                return "\(error)"
            }
        }
        func start(_ name: String, _ states: String, _ input: JSON = [:]) throws -> String {
            let definition = #"{"StartAt": "A", "States": {\#(states)}}"#
            return try rig.start(
                try rig.machine(try JSON(parsing: definition), name: name), input, name: name)
        }
        let fail = #""A": {"Type": "Fail", "Error": "Broken"}"#
        rig.invoker.on("stuck") { _ in nil }
        let stuck = """
            "A": {"Type": "Task", "End": true,
            "Resource": "arn:aws:lambda:us-east-1:000000000000:function:stuck"}
            """
        let running = answer(try start("running", stuck))
        let done = try start("done", #""A": {"Type": "Succeed"}"#)
        _ = try rig.end(of: done)
        let loop = try start(
            "loop",
            """
            "A": {"Type": "Pass", "Next": "B"}, "C": {"Type": "Succeed"}, "B": {"Type": "Choice",
            "Default": "A", "Choices": [{"Variable": "$.x", "IsPresent": true, "Next": "C"}]}
            """)
        _ = try rig.end(of: loop)
        let parent = try start(
            "parent",
            """
            "A": {"Type": "Map", "End": true, "ItemProcessor": {"ProcessorConfig":
            {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "F",
            "States": {"F": {"Type": "Fail", "Error": "Broken"}}}}
            """, [1])
        _ = try rig.end(of: parent)
        let child = try MapRunTests.children(rig, parent).first?["executionArn"]?.string ?? ""
        let express = try rig.call(
            "CreateStateMachine",
            [
                "name": "express", "type": "EXPRESS", "roleArn": "arn:aws:iam::000000000000:role/r",
                "definition": .string(#"{"StartAt": "A", "States": {\#(fail)}}"#),
            ])["stateMachineArn"]?.string
        let short = try rig.start(express ?? "", name: "express")
        _ = try rig.end(of: short)
        let old = try start("old", fail)
        _ = try rig.end(of: old)
        let childAnswer = answer(child)
        let clock = try #require(rig.clock as? ManualClock)
        clock.advance(to: clock.now() + (14 * 86_400 + 1))
        return [
            ("running", "The status must be FAILED, ABORTED or TIMED_OUT.", running),
            ("succeeded", "The status must not be SUCCEEDED.", answer(done)),
            ("ended more than 14 days ago", "Redrivable for 14 days.", answer(old)),
            ("with 25,000 events", "Fewer than 24,999 events.", answer(loop)),
            ("of an Express machine", "Not supported for EXPRESS.", answer(short)),
            ("a Map Run's child", "Redriven with the parent of its Map Run.", childAnswer),
        ]
    }
}

/// One case on an engine of its own.
private struct RedriveTrial {
    let row: RedriveCase
    let rig: Rig
    /// Until the redrive.
    let isBroken = Monitor(true)

    init(_ row: RedriveCase) throws {
        self.row = row
        rig = try Rig(skipsTime: true)
        rig.objects.isReadOnly.withLock { $0 = true }
        let isBroken = isBroken
        func on(_ name: String, _ broken: @escaping @Sendable (LambdaInvocation) -> LambdaResult?) {
            rig.invoker.on(name) { invocation in
                isBroken.withLock { $0 } ? broken(invocation) : .success(invocation.payload)
            }
        }
        rig.invoker.on("good") { .success($0.payload) }
        on("flaky") { _ in .error("Broken") }
        on("odd") { $0.payload == 1 ? .error("Broken") : .success($0.payload) }
        on("stuck") { _ in nil }
        on("big") { _ in .success(.string(String(repeating: "x", count: 150_000))) }
        // Fails only when the others hang.
        let log = rig.invoker.log
        on("late") { _ in
            _ = log.soon { log in log.contains { $0.functionName == "stuck" } ? true : nil }
            return .error("Broken")
        }
        rig.invoker.on("callback") { [weak rig] invocation in
            if !isBroken.withLock({ $0 }) {
                _ = try? rig?.call(
                    "SendTaskSuccess", ["taskToken": invocation.payload, "output": "1"])
            }
            return .success(nil)
        }
    }

    /// The row of the table.
    func run() throws -> String {
        let definition = try JSON(
            parsing: #"{\#(row.fields) "StartAt": "\#(startAt)", "States": {\#(row.states)}}"#)
        let arn = try rig.start(try rig.machine(definition), row.input)
        try endFirstTry(arn)
        let first = try rig.end(of: arn)
        let path = try paths(arn, of: "first try")
        let known = try Dictionary(
            uniqueKeysWithValues: executions(arn).map { ($0.arn, try rig.history($0.arn).count) })
        let calls = rig.invoker.log.withLock { $0.count }
        let clock = try #require(rig.clock as? ManualClock)
        clock.advance(to: clock.now() + row.pauseSeconds)
        isBroken.withLock { $0 = false }
        rig.objects.isReadOnly.withLock { $0 = false }
        try rig.objects.putObject(bucket: "b", key: "later", bytes: Array("[0]".utf8))
        try rig.call("RedriveExecution", ["executionArn": .string(arn)])
        let last = try rig.end(of: arn, times: 2)
        #expect(last["redriveCount"] == 1)
        var events: [String] = []
        for (name, execution) in try executions(arn) {
            let new = try rig.history(execution).dropFirst(known[execution] ?? 0)
            if new.isEmpty { continue }
            events.append((name.isEmpty ? "" : "*\(name)*: ") + Self.text(of: new))
        }
        let called = rig.invoker.log.withLock { log in
            log[calls...].map { invocation in
                let given = invocation.payload.serialized()
                let isToken = invocation.functionName == "callback"
                return "\(invocation.functionName)(\(isToken ? "another token" : given))"
            }
        }
        let cells = [
            "**\(row.state)**", row.documented, path + "; " + Self.outcome(of: first),
            events.joined(separator: "<br>"),
            called.isEmpty ? "–" : called.map { "`\($0)`" }.joined(separator: ", "),
            Self.outcome(of: last),
        ]
        return "| " + cells.joined(separator: " | ") + " |\n"
    }

    /// The first of the states.
    private var startAt: String {
        String(row.states.split(separator: "\"").first ?? "")
    }

    private func endFirstTry(_ arn: String) throws {
        if case .ends = row.firstTry { return }
        _ = rig.invoker.log.soon { log in
            log.contains { ["stuck", "callback"].contains($0.functionName) } ? true : nil
        }
        switch row.firstTry {
        case .ends: break
        case .isStopped: try rig.call("StopExecution", ["executionArn": .string(arn)])
        case .runsOutOfTime(let seconds):
            let clock = try #require(rig.clock as? ManualClock)
            clock.advance(to: clock.now() + seconds)
            rig.engine.clockMoved()
        }
    }

    /// The execution itself, and the children of its Map Runs by run and index.
    private func executions(_ arn: String) throws -> [(name: String, arn: String)] {
        var found: [(String, String)] = [("", arn)]
        let runs = try rig.call("ListMapRuns", ["executionArn": .string(arn)])["mapRuns"]
        for (number, run) in (runs?.array ?? []).reversed().enumerated() {
            let list = try rig.call("ListExecutions", ["mapRunArn": run["mapRunArn"] ?? .null])
            for (index, child) in (list["executions"]?.array ?? []).reversed().enumerated() {
                let name = (number > 0 ? "Map Run \(number + 1), " : "") + "child \(index)"
                for below in try executions(child["executionArn"]?.string ?? "") {
                    found.append((below.name.isEmpty ? name : "\(name), \(below.name)", below.arn))
                }
            }
        }
        return found
    }

    /// The states entered.
    private func paths(_ arn: String, of what: String) throws -> String {
        try executions(arn).map { name, arn in
            let path = try rig.path(arn).joined(separator: ", ")
            return name.isEmpty ? path : "*\(name)*: \(path)"
        }.joined(separator: "<br>")
    }

    private static func text(of events: some Sequence<JSON>) -> String {
        var texts: [String] = []
        for event in events {
            let type = event["type"]?.string ?? ""
            let name =
                (event["stateEnteredEventDetails"] ?? event["stateExitedEventDetails"])?["name"]
            let details = event.object?.first { $0.name.hasSuffix("EventDetails") }?.value
            let index = details?["index"]?.int.map { " \($0)" } ?? ""
            texts.append(type + (name?.string.map { " \($0)" } ?? index))
        }
        return texts.joined(separator: ", ")
    }

    private static func outcome(of execution: JSON) -> String {
        let status = execution["status"]?.string ?? ""
        return execution["error"]?.string.map { "\(status) `\($0)`" } ?? status
    }
}
