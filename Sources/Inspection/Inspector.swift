public import JSON

/// Gathers what there is to know of an execution, over the Step Functions API and nothing else.
public struct Inspector {
    /// An operation of Step Functions with its request.
    public typealias API = (_ action: String, _ request: JSON) throws -> JSON

    private let api: API

    public init(_ api: @escaping API) { self.api = api }

    /// - Throws: what the API throws, `ExecutionDoesNotExist` among it.
    public func report(_ executionARN: String) throws -> ExecutionReport {
        let description = try api("DescribeExecution", ["executionArn": JSON(executionARN)])
        let status = description["status"]?.string ?? "?"
        var states = HistoryReader(try history(executionARN)).states(executionStatus: status)
        for index in states.indices {
            guard let arn = states[index].mapRun?.arn else { continue }
            states[index].mapRun = try mapRun(arn)
        }
        return ExecutionReport(
            name: description["name"]?.string ?? executionARN, arn: executionARN, status: status,
            startedAt: description["startDate"]?.double ?? 0,
            stoppedAt: description["stopDate"]?.double,
            redriveCount: description["redriveCount"]?.int ?? 0,
            redrivenAt: description["redriveDate"]?.double,
            error: description["error"]?.string, cause: description["cause"]?.string,
            states: states)
    }

    /// All events, oldest first.
    public func history(_ executionARN: String) throws -> [JSON] {
        try pages("GetExecutionHistory", ["executionArn": JSON(executionARN)], "events")
    }

    /// The executions of a state machine, newest first.
    /// - Parameters:
    ///   - limit: how many at most; nil for all.
    ///   - isWanted: which; pages are asked for until there are enough of them.
    public func executions(
        stateMachineARN: String, status: String? = nil, limit: Int? = nil,
        where isWanted: (JSON) -> Bool = { _ in true }
    ) throws -> [JSON] {
        var request: JSONObject = ["stateMachineArn": JSON(stateMachineARN)]
        request["statusFilter"] = status.map { JSON($0) }
        return try pages("ListExecutions", request, "executions", limit: limit, isWanted)
    }

    /// The children of a Map Run that ended in one of these ways, newest first.
    func children(ofMapRun arn: String, statuses: [String]) throws -> [JSON] {
        try statuses.flatMap { status in
            try pages(
                "ListExecutions", ["mapRunArn": JSON(arn), "statusFilter": JSON(status)],
                "executions")
        }
    }

    /// What the API says of an execution.
    func describe(_ executionARN: String) throws -> JSON {
        try api("DescribeExecution", ["executionArn": JSON(executionARN)])
    }

    /// The definition that an execution runs.
    func definition(_ executionARN: String) throws -> JSON {
        let answer = try api(
            "DescribeStateMachineForExecution", ["executionArn": JSON(executionARN)])
        return (answer["definition"]?.string).flatMap { try? JSON(parsing: $0) } ?? .null
    }

    private func mapRun(_ arn: String) throws -> MapRunReport {
        var report = MapRunReport(arn: arn)
        let description = try api("DescribeMapRun", ["mapRunArn": JSON(arn)])
        for (name, value) in description["itemCounts"]?.object ?? [:] {
            report.counts[name] = value.int
        }
        guard report.counts["failed", default: 0] > 0 else { return report }
        let failed = try api(
            "ListExecutions", ["mapRunArn": JSON(arn), "statusFilter": "FAILED", "maxResults": 1])
        guard let child = failed["executions"]?[0]?["executionArn"]?.string else { return report }
        let details = try api("DescribeExecution", ["executionArn": JSON(child)])
        report.failedChild = details["name"]?.string
        report.error = details["error"]?.string
        report.cause = details["cause"]?.string
        return report
    }

    private func pages(
        _ action: String, _ request: JSONObject, _ member: String, limit: Int? = nil,
        _ isWanted: (JSON) -> Bool = { _ in true }
    ) throws -> [JSON] {
        var request = request
        var list: [JSON] = []
        // The same for all pages: a token may be good for that alone.
        request["maxResults"] = JSON(min(1000, limit ?? .max))
        repeat {
            let answer = try api(action, .object(request))
            list += (answer[member]?.array ?? []).filter(isWanted)
            request["nextToken"] = answer["nextToken"]
        } while request["nextToken"] != nil && list.count < limit ?? .max
        return Array(list.prefix(limit ?? .max))
    }
}
