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
    private var chunks: [String: Work] = [:]
    private var filesThere: Set<String> = []
    private var parsedBytes = 0
    /// What the stages have counted.
    private var counts: [String: Int] = [:]
    /// What goes on beyond the files: the last stage that was entered.
    private var stage: Stage?
    private let job: (any Job.Type)?
    private let executionARN: String
    private var lastEventID = 0

    init(executionARN: String) {
        self.executionARN = executionARN
        job = Jobs.all.first { job in
            // On AWS the stack's name comes first.
            let machine = executionARN.split(separator: ":").dropFirst(6).first ?? ""
            return machine == job.name || machine.hasSuffix("-" + job.name)
        }
    }

    private var inputs: [JobInput] { job?.inputs ?? [] }

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
            if let entered = job?.stages.first(where: { $0.stateName == name }) {
                stage = entered
            }
            return nil
        }
        guard type.hasSuffix("StateExited"), let details = event["stateExitedEventDetails"],
            let name = details["name"]?.string
        else { return nil }
        for input in inputs {
            switch name {
            case "Await\(input.stateName)", "Expire\(input.stateName)":
                // A deadline that passes is caught, and leaves the state without a file.
                let output = details["output"]?.string.flatMap { try? JSON(parsing: $0) }
                guard output?["file"] != nil else { return nil }
                filesThere.insert(input.name)
                return "\(input.name): the file is there"
            case "Validate\(input.stateName)":
                let output = details["output"]?.string.flatMap { try? JSON(parsing: $0) }
                filesThere.insert(input.name)
                chunks[input.name, default: Work()].total = output?["plan"]?["chunks"]?.int ?? 0
            case "\(input.stateName)Received":
                let count = chunks[input.name]?.total ?? 0
                return "\(input.name): read\(count > 1 ? ", in \(count) chunks" : "")"
            default: break
            }
        }
        guard let stage = job?.stages.first(where: { $0.stateName == name }) else { return nil }
        // From elsewhere it is not known before the summary.
        let count = counts[stage.name] ?? 0
        return count == 0 ? stage.done : "\(Quantities.count(count)) \(stage.done)"
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
            for input in inputs where arn.contains("/Parse\(input.stateName):") {
                chunks[input.name, default: Work()].done += 1
                parsedBytes += bytes
            }
            guard
                let stage = job?.stages.first(where: { arn.contains("/\($0.stateName):") }),
                let counted = stage.counted
            else { return }
            let text = event["executionSucceededEventDetails"]?["output"]?.string
            let output = text.flatMap { try? JSON(parsing: $0) }
            counts[stage.name, default: 0] += output?[counted]?.int ?? 0
        default: break
        }
    }

    /// Takes in how many children of a Map have succeeded.
    /// - Returns: whether that is news.
    mutating func take(mapRun arn: String, succeeded: Int) -> Bool {
        for input in inputs where arn.contains("/Parse\(input.stateName):") {
            guard chunks[input.name]?.done != succeeded else { continue }
            chunks[input.name, default: Work()].done = succeeded
            return true
        }
        return false
    }

    /// One line of where it stands.
    func line(elapsedSeconds: Double) -> String {
        let total = chunks.values.reduce(0) { $0 + $1.total }
        let done = min(total, chunks.values.reduce(0) { $0 + $1.done })
        var parts = ["files \(filesThere.count)/\(inputs.count)"]
        if total > 0 { parts.append("chunks \(done)/\(total)") }
        if parsedBytes > 0, elapsedSeconds > 0 {
            parts.append("\(Quantities.bytes(Int(Double(parsedBytes) / elapsedSeconds)))/s")
        }
        if let stage {
            let count = counts[stage.name] ?? 0
            parts.append(
                count == 0 ? stage.doing : "\(Quantities.count(count)) \(stage.countedNoun)")
        }
        return parts.joined(separator: "  ")
    }
}
