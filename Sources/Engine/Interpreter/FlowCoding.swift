import JSON
import System

// Flows as the store keeps them: JSON with short names, times in nanoseconds. Payloads are JSON
// within strings: they may be as deep already as a JSON text may get.

extension JSON {
    /// This as text within a string.
    fileprivate var embedded: JSON { .string(serialized()) }
    /// What ``embedded`` was made of.
    fileprivate var extracted: JSON? { string.flatMap { try? JSON(parsing: $0) } }
}

extension Flow {
    var json: JSON {
        var object: JSONObject = [
            "index": JSON(index), "body": JSON(body), "last": JSON(lastEventID),
            "status": .string(status.rawValue),
        ]
        object["parent"] = parent.map { JSON($0) }
        if !variables.isEmpty {
            object["variables"] = .object(
                JSONObject(variables.map { ($0.name, $0.value.embedded) }))
            object["own"] = .array(variableBytes.keys.sorted().map { .string($0) })
        }
        if let mapItem {
            object["item"] = [
                "Index": mapItem["Index"] ?? 0, "Value": (mapItem["Value"] ?? .null).embedded,
                "Source": mapItem["Source"] ?? .string(MapItems.stateData),
            ]
        }
        object["start"] = startInput?.embedded
        object["output"] = output?.embedded
        object["visit"] = visit?.json
        return .object(object)
    }

    /// Nil when the text is not what ``json`` writes.
    init?(id: Int, _ json: JSON) {
        guard let index = json["index"]?.int, let body = json["body"]?.int,
            let last = json["last"]?.int,
            let status = json["status"]?.string.flatMap({ Status(rawValue: $0) })
        else { return nil }
        let variables = (json["variables"]?.object ?? [:]).map { name, value in
            (name, value.extracted ?? .null)
        }
        let own = (json["own"]?.array ?? []).compactMap { name -> (String, Int)? in
            guard let name = name.string else { return nil }
            return (name, json["variables"]?[name]?.string?.utf8.count ?? 0)
        }
        let sizes = Dictionary(own) { first, _ in first }
        let mapItem = json["item"].map { item -> JSON in
            [
                "Index": item["Index"] ?? 0, "Value": item["Value"]?.extracted ?? .null,
                "Source": item["Source"] ?? .string(MapItems.stateData),
            ]
        }
        self.init(
            id: id, parent: json["parent"]?.int, index: index, body: body,
            variables: JSONObject(variables), variableBytes: sizes, mapItem: mapItem,
            startInput: json["start"]?.extracted, lastEventID: last, status: status,
            output: json["output"]?.extracted,
            visit: json["visit"].flatMap { Visit($0) })
    }
}

extension Visit {
    var json: JSON {
        var object: JSONObject = [
            "state": .string(state), "input": input.embedded, "event": JSON(enteredEventID),
            "at": JSON(enteredAt.nanoseconds), "phase": phase.json,
        ]
        if retryCount > 0 { object["retryCount"] = JSON(retryCount) }
        if !retries.isEmpty { object["retries"] = .array(retries.map { JSON($0) }) }
        object["failure"] = failure.map { .object($0.members) }
        return .object(object)
    }

    init?(_ json: JSON) {
        guard let state = json["state"]?.string, let input = json["input"]?.extracted,
            let event = json["event"]?.int, let at = json["at"]?.int,
            let phase = json["phase"].flatMap({ Phase($0) })
        else { return nil }
        self.init(
            state: state, input: input, enteredEventID: event,
            enteredAt: Timestamp(nanoseconds: at),
            retries: json["retries"]?.array?.compactMap(\.int) ?? [],
            retryCount: json["retryCount"]?.int ?? 0, phase: phase,
            failure: json["failure"].map {
                Failure(error: $0["error"]?.string, cause: $0["cause"]?.string)
            })
    }
}

extension Phase {
    var json: JSON {
        switch self {
        case .working: ["is": "working"]
        case .task(let task): task.json
        case .waiting(let until): ["is": "waiting", "until": JSON(until.nanoseconds)]
        case .backoff(let until): ["is": "backoff", "until": JSON(until.nanoseconds)]
        case .branches: ["is": "branches"]
        case .iterations: ["is": "iterations"]
        case .readingItems(let ticket): ["is": "readingItems", "ticket": JSON(ticket)]
        case .mapRun(let arn, let count):
            ["is": "mapRun", "arn": .string(arn), "redriveCount": JSON(count)]
        }
    }

    init?(_ json: JSON) {
        func time(_ name: String) -> Timestamp? {
            json[name]?.int.map { Timestamp(nanoseconds: $0) }
        }
        switch json["is"]?.string {
        case "working": self = .working
        case "task":
            guard let task = TaskInFlight(json) else { return nil }
            self = .task(task)
        case "waiting":
            guard let until = time("until") else { return nil }
            self = .waiting(until: until)
        case "backoff":
            guard let until = time("until") else { return nil }
            self = .backoff(until: until)
        case "branches": self = .branches
        case "iterations":
            self = .iterations(
                Iterations(
                    items: MapItems([], source: MapItems.stateData), effectiveInput: .null,
                    concurrency: 0))
        case "readingItems": self = .readingItems(ticket: json["ticket"]?.int ?? 0)
        case "mapRun":
            guard let arn = json["arn"]?.string else { return nil }
            self = .mapRun(arn: arn, redriveCount: json["redriveCount"]?.int ?? 0)
        default: return nil
        }
    }
}

extension TaskInFlight {
    var json: JSON {
        var object: JSONObject = ["is": "task", "ticket": JSON(ticket)]
        object["token"] = token.map { .string($0) }
        if isSubmitted { object["submitted"] = true }
        object["job"] = job.map { .string($0) }
        if isUnbegun { object["unbegun"] = true }
        object["timesOutAt"] = timesOutAt.map { JSON($0.nanoseconds) }
        object["heartbeat"] = heartbeatSeconds.map { JSON(Int($0)) }
        object["heartbeatDueAt"] = heartbeatDueAt.map { JSON($0.nanoseconds) }
        return .object(object)
    }

    init?(_ json: JSON) {
        guard let ticket = json["ticket"]?.int else { return nil }
        self.init(
            ticket: ticket, token: json["token"]?.string,
            isSubmitted: json["submitted"]?.bool ?? false, job: json["job"]?.string,
            isUnbegun: json["unbegun"]?.bool ?? false,
            timesOutAt: json["timesOutAt"]?.int.map { Timestamp(nanoseconds: $0) },
            heartbeatSeconds: json["heartbeat"]?.double,
            heartbeatDueAt: json["heartbeatDueAt"]?.int.map { Timestamp(nanoseconds: $0) })
    }
}
