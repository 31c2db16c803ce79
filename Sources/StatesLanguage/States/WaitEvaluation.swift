import JSON
public import System

extension Wait {
    /// When a wait that starts at `start` ends; not before `start`. `scope.input` is the effective
    /// input.
    /// - Throws: `States.Runtime` for a path that leads nowhere or to no such value, and for a wait
    ///   of more than 2,147,483,647 seconds.
    public func end(from start: Timestamp, in scope: Scope) throws(StatesError) -> Timestamp {
        switch self {
        case .seconds(let seconds): return try Self.end(seconds, from: start)
        case .secondsPath(let path):
            let value = try path.evaluate(in: scope, field: "SecondsPath")
            let place = "\(path.text) == \(value.plain)"
            guard let seconds = value.int else {
                throw .runtime(
                    "The SecondsPath parameter cannot be parsed as a long value: \(place)")
            }
            if seconds < 0 {
                throw .runtime("The SecondsPath parameter references a negative value: \(place)")
            }
            return try Self.end(seconds, from: start)
        case .timestamp(let text):
            guard let moment = Timestamp(rfc3339: text, strictly: true) else {
                throw .runtime("The Timestamp parameter is not a valid ISO-8601 date-time: \(text)")
            }
            return try Self.end(at: moment, from: start)
        case .timestampPath(let path):
            let value = try path.evaluate(in: scope, field: "TimestampPath")
            guard let moment = value.timestamp else {
                throw .runtime(
                    "The TimestampPath parameter does not reference a valid ISO-8601 extended "
                        + "offset date-time format string: \(path.text) == \(value.plain)")
            }
            return try Self.end(at: moment, from: start)
        }
    }

    private static func end(
        _ seconds: Int, from start: Timestamp
    ) throws(StatesError) -> Timestamp {
        guard seconds <= Int(Int32.max) else { throw .runtime("Wait state delay is too long.") }
        return Timestamp(
            wholeSeconds: start.wholeSeconds + seconds,
            nanosecondsOfSecond: start.nanosecondsOfSecond)
    }

    private static func end(
        at moment: Timestamp, from start: Timestamp
    ) throws(StatesError) -> Timestamp {
        guard moment.wholeSeconds - start.wholeSeconds <= Int(Int32.max) else {
            throw .runtime("Wait state delay is too long.")
        }
        return max(moment, start)
    }
}

extension JSON {
    /// The moment that a string says; nil for anything else.
    var timestamp: Timestamp? { string.flatMap { Timestamp(rfc3339: $0, strictly: true) } }
}
