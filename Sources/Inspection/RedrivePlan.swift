public import JSON

/// What a redrive of an execution would run again and what it would keep, found out without doing it.
///
/// As Step Functions redrives, state type by state type:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html#redrive-execution-behavior>.
public struct RedrivePlan: Sendable, Hashable {
    /// What becomes of one visit of a state.
    public enum Action: String, Sendable {
        /// It has succeeded, or its failure was caught: it is not entered again.
        case kept = "KEPT"
        /// Its work is done again.
        case again = "AGAIN"
        /// A Parallel or Map state: only what is inside of it and failed or was aborted.
        case goesOn = "GOES_ON"
        /// A Fail state is entered again, and fails.
        case failsAgain = "FAILS_AGAIN"
    }

    public struct Entry: Sendable, Hashable {
        public var name: String
        public var type: String
        public var depth: Int
        public var action: Action
        /// Numbers of a Distributed Map's children: those that run again, those never begun, those kept.
        public var children: (again: Int, pending: Int, kept: Int)?
        /// Names of the children that run again.
        public var childNames: [String] = []
        public var note: String?

        public static func == (a: Entry, b: Entry) -> Bool { a.json == b.json }
        public func hash(into hasher: inout Hasher) { hasher.combine(json) }
    }

    public var execution: String
    /// Why it cannot be redriven; nil when it can.
    public var obstacle: String?
    public var entries: [Entry] = []

    /// - Throws: what the API throws.
    public init(_ executionARN: String, _ inspector: Inspector) throws {
        let description = try inspector.describe(executionARN)
        execution = description["name"]?.string ?? executionARN
        obstacle = Self.obstacle(description)
        guard obstacle == nil else { return }
        let definition = try inspector.definition(executionARN)
        let report = try inspector.report(executionARN)
        var wholes: [Int] = []
        for state in report.states {
            wholes.removeAll { $0 >= state.depth }
            var entry = Self.entry(
                state, executionError: report.error, isWithinWhole: !wholes.isEmpty)
            if entry.action == .again, ["Parallel", "Map"].contains(state.type) {
                wholes.append(state.depth)
            }
            if let run = state.mapRun, entry.action == .goesOn {
                let names = try inspector.children(
                    ofMapRun: run.arn, statuses: ["FAILED", "TIMED_OUT", "ABORTED"]
                ).compactMap { $0["name"]?.string }
                let kept = run.counts["succeeded", default: 0]
                // What has not begun is the rest: a run that was stopped has no pending ones any more.
                let pending = run.counts["total", default: 0] - kept - names.count
                entry.children = (names.count, max(0, pending), kept)
                entry.childNames = names
                entry.note =
                    Self.isExpress(state.name, definition)
                    ? "a child starts again from its first state"
                    : "a child goes on from its failed state"
            }
            entries.append(entry)
        }
    }

    /// By `redriveStatus`, or by the status where the service has none.
    private static func obstacle(_ description: JSON) -> String? {
        let status = description["status"]?.string ?? ""
        switch description["redriveStatus"]?.string {
        case "REDRIVABLE": return nil
        case .some(let text):
            return description["redriveStatusReason"]?.string ?? "it is \(status), \(text)"
        case nil:
            return ["FAILED", "TIMED_OUT", "ABORTED"].contains(status)
                ? nil : "Execution is \(status) and cannot be redriven"
        }
    }

    /// - Parameters:
    ///   - executionError: what the execution failed with; of a Parallel or Map state the history says
    ///     only that it failed.
    ///   - isWithinWhole: whether it is in a state of which nothing is kept.
    static func entry(
        _ state: StateReport, executionError: String?, isWithinWhole: Bool
    ) -> Entry {
        var entry = Entry(
            name: state.name, type: state.type, depth: state.depth, action: .again)
        if isWithinWhole { return entry }
        switch (state.status, state.type) {
        case (.succeeded, _): entry.action = .kept
        case (.caught, _):
            entry.action = .kept
            entry.note = "its failure was caught"
        case (_, "Fail"): entry.action = .failsAgain
        case (_, "Parallel"), (_, "Map"):
            // Nothing of what it has is kept when all of it together was too much.
            if state.status == .failed, executionError == "States.DataLimitExceeded" {
                entry.note = "all of it: its result was too large"
            } else {
                entry.action = .goesOn
            }
        case (_, "Wait"): entry.note = "ends at once when its time has passed"
        default: break
        }
        return entry
    }

    /// Whether the children of the Map state of that name are Express executions.
    private static func isExpress(_ name: String, _ definition: JSON) -> Bool {
        func find(_ machine: JSON) -> JSON? {
            for (own, state) in machine["States"]?.object ?? [:] {
                if own == name { return state }
                let inner =
                    (state["Branches"]?.array ?? [])
                    + [state["ItemProcessor"] ?? state["Iterator"]].compactMap(\.self)
                for machine in inner { if let found = find(machine) { return found } }
            }
            return nil
        }
        let processor = find(definition)?["ItemProcessor"]
        return processor?["ProcessorConfig"]?["ExecutionType"] == "EXPRESS"
    }
}

extension RedrivePlan {
    /// Names of children in the text; the JSON has all.
    static let shownChildren = 10

    /// A line for each state.
    public var text: String {
        if let obstacle { return "\(execution) cannot be redriven: \(obstacle)" }
        let names = entries.map { String(repeating: "  ", count: $0.depth + 1) + $0.name }
        let width = names.map(\.count).max() ?? 0
        let lines = zip(entries, names).map { entry, name -> String in
            var parts = [entry.actionText]
            if !entry.childNames.isEmpty {
                let more = entry.childNames.count - Self.shownChildren
                parts.append(
                    entry.childNames.prefix(Self.shownChildren).joined(separator: " ")
                        + (more > 0 ? " and \(more) more" : ""))
            }
            parts += entry.note.map { [$0] } ?? []
            return name + String(repeating: " ", count: width - name.count + 2)
                + parts.joined(separator: "; ")
        }
        return (["\(execution) would be redriven:"] + lines).joined(separator: "\n")
    }

    public var json: JSON {
        var object: JSONObject = [
            "execution": JSON(execution), "isRedrivable": obstacle == nil ? true : false,
        ]
        object["reason"] = obstacle.map { JSON($0) }
        object["states"] = .array(entries.map(\.json))
        return .object(object)
    }
}

extension RedrivePlan.Entry {
    fileprivate var actionText: String {
        switch action {
        case .kept: return "is kept"
        case .again: return "runs again"
        case .failsAgain: return "is entered again, and fails again"
        case .goesOn:
            guard let children else { return "goes on with what failed or was aborted" }
            let counts = [
                (children.again, "run again"), (children.pending, "begin"),
                (children.kept, "are kept"),
            ]
            return "goes on: of its children "
                + counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        }
    }

    var json: JSON {
        var object: JSONObject = [
            "name": JSON(name), "type": JSON(type), "depth": JSON(depth),
            "action": JSON(action.rawValue),
        ]
        if let children {
            object["children"] = [
                "again": JSON(children.again), "pending": JSON(children.pending),
                "kept": JSON(children.kept), "names": .array(childNames.map { JSON($0) }),
            ]
        }
        object["note"] = note.map { JSON($0) }
        return .object(object)
    }
}
