import JSON
import System

/// A state that lets time pass: <https://states-language.net/#wait-state>.
public enum Wait: Sendable, Hashable {
    /// 0 to 99,999,999.
    case seconds(Int)
    case secondsPath(Expression)
    /// RFC 3339, such as `2026-08-18T17:33:00Z`; a time that has passed does not wait.
    case timestamp(String)
    case timestampPath(Expression)
}

extension Wait {
    init(_ fields: inout FieldReader) {
        var found: [Wait] = []
        if let seconds = fields.int("Seconds", from: 0, to: Quota.timeoutSeconds) {
            found.append(.seconds(seconds))
        }
        if let path = fields.expression("SecondsPath") { found.append(.secondsPath(path)) }
        if let time = fields.string("Timestamp") {
            if Timestamp(rfc3339: time, strictly: true) == nil {
                fields.note("Timestamp", "must be an RFC 3339 date-time")
            }
            found.append(.timestamp(time))
        }
        if let path = fields.expression("TimestampPath") { found.append(.timestampPath(path)) }
        let names = ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"]
        if names.count(where: fields.has) != 1 {
            fields.problems.all.append(
                Problem(
                    path: fields.path,
                    message:
                        "a Wait state needs exactly one of Seconds, SecondsPath, Timestamp and "
                        + "TimestampPath"))
        }
        self = found.first ?? .seconds(0)
    }

    func render(into object: inout JSONObject) {
        switch self {
        case .seconds(let seconds): object["Seconds"] = JSON(seconds)
        case .secondsPath(let path): object["SecondsPath"] = .string(path.text)
        case .timestamp(let time): object["Timestamp"] = .string(time)
        case .timestampPath(let path): object["TimestampPath"] = .string(path.text)
        }
    }
}
