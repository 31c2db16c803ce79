import AWSClient
package import JSON

/// How long to wait between two looks at an execution, which grows while nothing is new.
///
/// On AWS from one second to five, below the rates of the API, DescribeMapRun's one a second among them:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>.
package struct Polling {
    private let range: ClosedRange<Double>
    private let isAWS: Bool
    package private(set) var seconds: Double

    package init(_ place: StepFunctionsAccess.Place) {
        isAWS = place == .aws
        range = place == .aws ? 1...5 : 0.02...0.25
        seconds = range.lowerBound
    }

    /// - Parameter mapRuns: how many Map Runs are described at each look.
    package mutating func pause(hasNews: Bool, mapRuns: Int = 0) {
        next(hasNews: hasNews, mapRuns: mapRuns)
        RetryPolicy.sleep(seconds: seconds)
    }

    /// ``pause(hasNews:mapRuns:)`` without the pause.
    package mutating func next(hasNews: Bool, mapRuns: Int) {
        seconds = hasNews ? range.lowerBound : min(range.upperBound, seconds * 1.5)
        if isAWS { seconds = max(seconds, Double(mapRuns)) }
    }
}

extension StepFunctionsAccess {
    /// By looking again and again; of a Map's children only how many are done is learnt.
    package func waitForEnd(
        of executionARN: String, telling listener: ExecutionListener
    ) throws -> JSON {
        var polling = Polling(place)
        var lastEventID = 0
        var mapRuns: [String] = []
        while true {
            // Asked first, so that the events of the end are not missed.
            let description = try call("DescribeExecution", ["executionArn": JSON(executionARN)])
            let events = try self.events(of: executionARN, after: lastEventID)
            lastEventID = events.last?["id"]?.int ?? lastEventID
            for event in events {
                listener.event(executionARN, event)
                let started =
                    event["mapRunStartedEventDetails"] ?? event["mapRunRedrivenEventDetails"]
                if let arn = started?["mapRunArn"]?.string { mapRuns.append(arn) }
            }
            if description["status"]?.string != "RUNNING" { return description }
            var hasNews = !events.isEmpty
            // One at a time: those that have ended leave the round.
            if let arn = mapRuns.first {
                mapRuns.removeFirst()
                let run = try call("DescribeMapRun", ["mapRunArn": JSON(arn)])
                if run["status"]?.string == "RUNNING" { mapRuns.append(arn) }
                let count = run["itemCounts"]?["succeeded"]?.int ?? 0
                if listener.mapRun(arn, count) { hasNews = true }
            }
            polling.pause(hasNews: hasNews)
        }
    }

    /// The events behind that one, oldest first, read from the end: what is known is not asked for again.
    private func events(of executionARN: String, after lastEventID: Int) throws -> [JSON] {
        var found: [JSON] = []
        var request: JSONObject = [
            "executionArn": JSON(executionARN), "reverseOrder": true, "maxResults": 100,
        ]
        repeat {
            let page = try call("GetExecutionHistory", .object(request))
            let events = page["events"]?.array ?? []
            let new = events.filter { ($0["id"]?.int ?? 0) > lastEventID }
            found += new
            request["nextToken"] = new.count < events.count ? nil : page["nextToken"]
        } while request["nextToken"] != nil
        return found.reversed()
    }
}
