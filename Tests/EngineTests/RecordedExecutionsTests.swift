import JSON
import System
import Testing

@testable import Engine

/// Runs the definitions whose outcomes were recorded from AWS, when the recordings are there: a
/// directory `shared/asl-cases` beside the package's.
@Suite struct RecordedExecutionsTests {
    static let cases: [JSON] = {
        let parts = #filePath.split(separator: "/").dropLast(4)
        let path = "/" + parts.joined(separator: "/") + "/shared/asl-cases/cases.json"
        guard let bytes = try? FileSystem.contents(of: path), let json = try? JSON(parsing: bytes)
        else {
            print("RECORDED CASES ABSENT: \(path) is not there, nothing is compared with AWS.")
            return []
        }
        return json["cases"]?.array ?? []
    }()

    /// A wait until a day in December 2094 was too long for Step Functions when it was recorded: more than
    /// 24,855 days. From November 2026 on it is not, and the execution waits.
    private static func isOutdated(_ recorded: JSON) -> Bool {
        recorded["input"]?["start_at"] == "2094-12-09T20:13:57.000Z"
            && WallClock().now().seconds > 3_942_764_037 - 24_855 * 86_400
    }

    /// Cases that recorded an answer of the API are not.
    static func isOutcome(_ recorded: JSON) -> Bool {
        ["SUCCEEDED", "FAILED"].contains(recorded["expected"]?["status"]?.string)
            && recorded["input"]?["$raw"] == nil && !isOutdated(recorded)
    }

    /// AWS itself gave MapStateExited two different causes; these have the rarer one.
    static let oddPreviousIDs: Set = [
        "MAP_STATE_REFERENCE_IN_ITEM_SELECTOR", "test_map_state_nested_config_distributed",
    ]

    @Test func `status, output, error, cause and history are as AWS recorded them`() throws {
        let rig = try Rig(skipsTime: true, account: "111111111111")
        (rig.clock as? ManualClock)?.advance(to: WallClock().now())
        var counts: [String: Int] = [:]
        var misses: [String] = []
        for (index, recorded) in Self.cases.enumerated() where Self.isOutcome(recorded) {
            counts["cases", default: 0] += 1
            let id = recorded["id"]?.string ?? ""
            let found: [String]
            do {
                found = try Self.differences(recorded, index, rig)
            } catch {
                found = ["refused: \(error)"]
            }
            for what in Set(found.map { $0.prefix { $0 != ":" } }) {
                counts[String(what), default: 0] += 1
            }
            misses += found.map { "\(id) \($0)" }
        }
        let sorted = counts.sorted { $0.key < $1.key }
        print("Recorded cases: \(sorted.map { "\($0.key) \($0.value)" }.joined(separator: ", "))")
        #expect(misses.isEmpty, "\(misses.joined(separator: "\n"))")
    }

    /// What differs, each as `what: …`.
    static func differences(_ recorded: JSON, _ index: Int, _ rig: Rig) throws -> [String] {
        let expected = recorded["expected"] ?? .null
        let machine = try rig.machine(recorded["definition"] ?? .null, name: "case-\(index)")
        let arn = try rig.start(machine, recorded["input"] ?? .null)
        let end = try rig.end(of: arn)
        var found: [String] = []
        if end["status"] != expected["status"] { found.append("status: \(end)") }
        if expected["status"] == "SUCCEEDED" {
            let output = end["output"]?.parsed ?? .null
            if recorded["deterministic"] == true, !matches(expected["output"] ?? .null, output) {
                found.append("output: want \(expected["output"] ?? .null) got \(output)")
            }
        } else {
            for name in ["error", "cause"]
            where !matches(expected[name] ?? .null, end[name] ?? .null) {
                found.append("\(name): want \(expected[name] ?? .null) got \(end[name] ?? .null)")
            }
        }
        guard let events = expected["events"]?.array, recorded["deterministic"] == true else {
            let types = try rig.eventTypes(arn)
            let want = expected["event_types"]?.array?.compactMap(\.string)
            if let want, want != types { found.append("types: want \(want) got \(types)") }
            return found
        }
        return found + historyDifferences(events, try rig.history(arn), recorded)
    }

    static func historyDifferences(
        _ want: [JSON], _ got: [JSON], _ recorded: JSON
    ) -> [String] {
        // The recordings sort what happens within a Parallel, without its ParallelStateSucceeded.
        let isSorted = want.contains { $0["id"]?.array != nil }
        var got = got
        if isSorted {
            got.removeAll { $0["type"] == "ParallelStateSucceeded" }
            let within = got.indices.filter { (5..<want.count - 2).contains($0) }
            let sorted = within.map { got[$0] }.sorted { key($0) < key($1) }
            for (at, event) in zip(within, sorted) { got[at] = event }
        }
        let types = got.map { $0["type"]?.string ?? "" }
        guard types == want.map({ $0["type"]?.string ?? "" }) else {
            return ["types: want \(want.map { $0["type"]?.string ?? "" }) got \(types)"]
        }
        let isOdd = oddPreviousIDs.contains { recorded["id"]?.string?.contains($0) ?? false }
        return zip(want, got).flatMap { want, got -> [String] in
            guard case .object(let members) = want else { return [] }
            return members.compactMap { name, value -> String? in
                if want["id"]?.array != nil, ["id", "previousEventId"].contains(name) {
                    return nil
                }
                if isOdd, name == "previousEventId", want["type"] == "MapStateExited" { return nil }
                return matches(value, got[name] ?? .null)
                    ? nil : "event: \(name) want \(want) got \(got)"
            }
        }
    }

    static func key(_ event: JSON) -> String {
        let name =
            event["stateEnteredEventDetails"]?["name"] ?? event["stateExitedEventDetails"]?["name"]
        return (event["type"]?.string ?? "") + " " + (name?.string ?? "")
    }

    /// Whether a value is as expected, in which placeholders may stand and JSON within strings.
    static func matches(_ want: JSON, _ got: JSON) -> Bool {
        switch (want, got) {
        case (.string(let text), _) where isPlaceholder(text): return true
        case (.object(let a), .object(let b)):
            return a.count == b.count
                && a.allSatisfy { matches($0.value, b[$0.name] ?? "missing member") }
        case (.array(let a), .array(let b)):
            return a.count == b.count && zip(a, b).allSatisfy { matches($0, $1) }
        case (.string(let a), .string(let b)):
            if a == b { return true }
            guard let a = want.parsed, let b = got.parsed else {
                return matchesText(Array(a), Array(b))
            }
            return (a.array ?? b.array) != nil && matches(a, b)
        case (.string, _): return want.parsed.map { matches($0, got) } ?? false
        case (_, .string): return got.parsed.map { matches(want, $0) } ?? false
        default: return want == got
        }
    }

    static func isPlaceholder(_ text: String) -> Bool {
        let names: Set = [
            "timestamp", "datetime", "date", "uuid", "start-time", "entered-time", "snf_role_arn",
            "map_run_arn",
        ]
        return names.contains(text)
            || text.hasPrefix("<") && text.hasSuffix(">") && !text.contains(" ")
    }

    /// `<…>` in `want` stands for any text.
    static func matchesText(_ want: [Character], _ got: [Character]) -> Bool {
        guard let open = want.firstIndex(of: "<"), let close = want[open...].firstIndex(of: ">")
        else { return want == got }
        guard got.starts(with: want[..<open]) else { return false }
        let rest = Array(want[(close + 1)...])
        return (open...got.count).contains { matchesText(rest, Array(got[$0...])) }
    }
}
