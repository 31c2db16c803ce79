import JSON
import System

/// One event of an execution's history, as GetExecutionHistory gives it:
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html>.
struct HistoryEvent: Sendable {
    /// 1-based within the execution.
    let id: Int
    /// The event that led to this one; 0 for the first state's entry too.
    let previousID: Int
    let type: String
    let time: Timestamp
    /// Name and value of the member with the details; nil for types without any.
    let details: (name: String, value: JSON)?

    var json: JSON {
        var object: JSONObject = [
            "timestamp": .seconds(time), "type": .string(type), "id": JSON(id),
            "previousEventId": JSON(previousID),
        ]
        if let details { object[details.name] = details.value }
        return .object(object)
    }
}

extension JSON {
    /// Seconds since 1970 with milliseconds, as AWS JSON 1.0 writes times.
    static func seconds(_ time: Timestamp) -> JSON {
        let milliseconds = time.milliseconds
        let fraction = String(milliseconds % 1000 + 1000).dropFirst()
        return JSONNumber("\(milliseconds / 1000).\(fraction)").map { .number($0) } ?? .null
    }

    /// `{…: text, …Details: {"truncated": false}}`, the way history events carry payloads.
    static func payload(_ name: String, _ text: String, _ others: JSONObject = [:]) -> JSON {
        var object = others
        object[name] = .string(text)
        object[name + "Details"] = ["truncated": false]
        return .object(object)
    }
}
