public import JSON

/// A failure made on purpose, to practise a rerun: which calls of which function, how, how often.
///
/// Written `FUNCTION[:MATCH…][/FAILURE[/TIMES]]`. A match is `member=value` (a path with dots); the
/// first and second without a member stand for `kind` and `index`. FAILURE is `kill` (unless given),
/// `timeout` or `error`; TIMES is how many calls fail, all unless given. `parse-chunk:items:2` kills
/// the process that is to parse chunk 2 of the items, at every try; `emit/error/1` fails one `emit`.
public struct Drill: Sendable, Hashable {
    public enum Failure: String, Sendable, CaseIterable {
        case kill, timeout, error
    }

    public struct Match: Sendable, Hashable {
        public var path: [String]
        public var value: String
    }

    public var function: String
    public var matches: [Match] = []
    public var failure = Failure.kill
    /// How many more calls fail; nil for all.
    public var times: Int?
    /// As it was given.
    public let text: String
    /// Whether any call has been one of those meant.
    public internal(set) var hasMatched = false

    /// Why a text is no drill.
    public struct Problem: Error, Sendable, CustomStringConvertible {
        public var description: String
    }

    public init(_ text: String) throws(Problem) {
        self.text = text
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let fields = parts[0].split(separator: ":", omittingEmptySubsequences: false).map(
            String.init)
        guard !fields[0].isEmpty, parts.count <= 3 else {
            throw Problem(description: "'\(text)' is not FUNCTION[:MATCH…][/FAILURE[/TIMES]]")
        }
        function = fields[0]
        var unnamed = ["kind", "index"]
        for field in fields.dropFirst() {
            let sides = field.split(separator: "=", maxSplits: 1).map(String.init)
            if sides.count == 2 {
                let path = sides[0].split(separator: ".").map(String.init)
                matches.append(Match(path: path, value: sides[1]))
            } else if !field.isEmpty, !field.contains("="), !unnamed.isEmpty {
                matches.append(Match(path: [unnamed.removeFirst()], value: field))
            } else {
                throw Problem(description: "'\(field)' in '\(text)' is not MEMBER=VALUE")
            }
        }
        if parts.count > 1 {
            guard let failure = Failure(rawValue: parts[1]) else {
                throw Problem(
                    description: "'\(parts[1])' in '\(text)' is not kill, timeout or error")
            }
            self.failure = failure
        }
        if parts.count > 2 {
            guard let times = Int(parts[2]), times > 0 else {
                throw Problem(description: "'\(parts[2])' in '\(text)' is not a number of times")
            }
            self.times = times
        }
    }

    /// Whether the call is one of those meant, however often it has failed already.
    public func concerns(function: String, payload: JSON) -> Bool {
        self.function == function
            && matches.allSatisfy { match in
                let found = match.path.reduce(Optional(payload)) { value, name in
                    value?[name] ?? Int(name).flatMap { value?[$0] }
                }
                return match.value == (found?.string ?? found?.serialized())
            }
    }
}
