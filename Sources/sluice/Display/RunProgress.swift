import JSON
import Pipeline

/// How far an execution has come, learnt from its events alone.
struct RunProgress {
    private struct Work {
        var total = 0
        var done = 0
    }

    /// Children that are at work: the bytes of their chunks.
    private var bytesUnderWay: [String: Int] = [:]
    private var chunks: [FileKind: Work] = [:]
    private var filesThere: Set<String> = []
    private var parsedBytes = 0
    private var messages = 0
    /// What goes on beyond the files: the last state that was entered.
    private var state = ""
    private let executionARN: String
    private var lastEventID = 0

    init(executionARN: String) { self.executionARN = executionARN }

    /// Takes an event in.
    /// - Returns: what is worth a line of its own.
    mutating func take(_ arn: String, _ event: JSON) -> String? {
        let type = event["type"]?.string ?? ""
        guard arn == executionARN else {
            takeChild(arn, type, event)
            return nil
        }
        guard let id = event["id"]?.int, id > lastEventID else { return nil }
        lastEventID = id
        if type.hasSuffix("StateEntered") {
            let name = event["stateEnteredEventDetails"]?["name"]?.string ?? ""
            if ["AggregateOrders", "EmitMessages", "Summarise"].contains(name) { state = name }
            return nil
        }
        guard type.hasSuffix("StateExited"), let details = event["stateExitedEventDetails"],
            let name = details["name"]?.string
        else { return nil }
        for kind in FileKind.allCases {
            let kindName = kind.rawValue.prefix(1).uppercased() + kind.rawValue.dropFirst()
            switch name {
            case "Await\(kindName)", "Expire\(kindName)":
                // A deadline that passes is caught, and leaves the state without a file.
                let output = details["output"]?.string.flatMap { try? JSON(parsing: $0) }
                guard output?["file"] != nil else { return nil }
                filesThere.insert(kind.rawValue)
                return "\(kind.rawValue): the file is there"
            case "Validate\(kindName)":
                let output = details["output"]?.string.flatMap { try? JSON(parsing: $0) }
                chunks[kind, default: Work()].total = output?["plan"]?["chunks"]?.int ?? 0
            case "\(kindName)Received":
                let count = chunks[kind]?.total ?? 0
                return "\(kind.rawValue): read\(count > 1 ? ", in \(count) chunks" : "")"
            default: break
            }
        }
        switch name {
        case "AggregateOrders": return "orders and items joined"
        case "EmitMessages":
            // From elsewhere it is not known before the summary.
            return messages == 0 ? "messages sent" : "\(Quantities.count(messages)) messages sent"
        default: return nil
        }
    }

    private mutating func takeChild(_ arn: String, _ type: String, _ event: JSON) {
        switch type {
        case "ExecutionStarted":
            let text = event["executionStartedEventDetails"]?["input"]?.string
            guard arn.utf8.contains(UInt8(ascii: "/")), let text,
                let input = try? JSON(parsing: text), let from = input["from"]?.int,
                let to = input["to"]?.int
            else { return }
            bytesUnderWay[arn] = to - from
        case "ExecutionSucceeded":
            let bytes = bytesUnderWay.removeValue(forKey: arn) ?? 0
            for kind in FileKind.allCases {
                let label =
                    "/Parse\(kind.rawValue.prefix(1).uppercased())\(kind.rawValue.dropFirst()):"
                guard arn.contains(label) else { continue }
                chunks[kind, default: Work()].done += 1
                parsedBytes += bytes
            }
            guard arn.contains("/EmitMessages:") else { return }
            let text = event["executionSucceededEventDetails"]?["output"]?.string
            let output = text.flatMap { try? JSON(parsing: $0) }
            messages += output?["messages"]?.int ?? 0
        default: break
        }
    }

    /// Takes in how many children of a Map have succeeded.
    /// - Returns: whether that is news.
    mutating func take(mapRun arn: String, succeeded: Int) -> Bool {
        for kind in FileKind.allCases {
            let label = kind.rawValue.prefix(1).uppercased() + kind.rawValue.dropFirst()
            guard arn.contains("/Parse\(label):"), chunks[kind]?.done != succeeded else { continue }
            chunks[kind, default: Work()].done = succeeded
            return true
        }
        return false
    }

    /// One line of where it stands.
    func line(elapsedSeconds: Double) -> String {
        let total = chunks.values.reduce(0) { $0 + $1.total }
        let done = min(total, chunks.values.reduce(0) { $0 + $1.done })
        var parts = ["files \(filesThere.count)/\(FileKind.allCases.count)"]
        if total > 0 { parts.append("chunks \(done)/\(total)") }
        if parsedBytes > 0, elapsedSeconds > 0 {
            parts.append("\(Quantities.bytes(Int(Double(parsedBytes) / elapsedSeconds)))/s")
        }
        switch state {
        case "AggregateOrders": parts.append("joining orders and items")
        case "EmitMessages", "Summarise":
            parts.append(messages == 0 ? "sending" : "\(Quantities.count(messages)) messages")
        default: break
        }
        return parts.joined(separator: "  ")
    }
}
