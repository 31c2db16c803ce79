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
