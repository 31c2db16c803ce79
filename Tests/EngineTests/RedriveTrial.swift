import JSON
import System
import Testing

@testable import Engine

/// One case on an engine of its own.
struct RedriveTrial {
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
        _ = try rig.machine(try JSON(parsing: RedriveCase.nested), name: "nested")
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
