import JSON
import StatesLanguage

// The distributed Map as its parent execution sees it: a Map Run that ends one way or another.
extension ExecutionState {
    mutating func beginMap(_ flow: Flow, _ node: Program.Node, _ map: Map) throws(Failure) {
        guard map.isDistributed else { return try beginInlineMap(flow, node, map) }
        let input = try effectiveInput(flow, node.state)
        let scope = scope(flow, input: input)
        _ = try evaluating(flow) { () throws(StatesError) -> Int in
            try map.concurrency(in: scope)
        }
        guard let reader = map.itemReader else {
            let items = try evaluating(flow) { () throws(StatesError) -> [JSON] in
                try map.items(in: scope)
            }
            return try startMapRun(flow, node, map, items)
        }
        let parameters = try evaluating(flow) { () throws(StatesError) -> JSON in
            try reader.parameters?.resolve(in: scope) ?? [:]
        }
        guard let bucket = parameters["Bucket"]?.string, let key = parameters["Key"]?.string else {
            throw Failure(
                error: StatesError.Name.itemReaderFailed,
                cause: "ItemReader needs Bucket and Key as strings, not \(parameters)")
        }
        let maxItems = try evaluating(flow) { () throws(StatesError) -> Int? in
            try reader.maxItems?.resolve("MaxItems", in: scope)
        }
        let source = ItemSource(bucket: bucket, key: key, reader: reader, maxItems: maxItems)
        let ticket = nextEventID
        changeVisit(flow.id) { $0.phase = .readingItems(ticket: ticket) }
        step.effects.append(.readItems(flow: flow.id, ticket: ticket, source))
    }

    mutating func itemsRead(_ flowID: Int, _ ticket: Int, _ result: Result<[JSON], Failure>) {
        guard status == .running, let flow = flows[flowID], flow.status == .running,
            let node = node(flow), case .map(let map) = node.state.kind,
            case .readingItems(ticket)? = flow.visit?.phase
        else { return }
        do throws(Failure) {
            try startMapRun(flow, node, map, try result.get())
        } catch {
            fail(flowID, error)
        }
    }

    private mutating func startMapRun(
        _ flow: Flow, _ node: Program.Node, _ map: Map, _ items: [JSON]
    ) throws(Failure) {
        let input = try effectiveInput(flow, node.state)
        let scope = scope(flow, input: input)
        record(
            "MapStateStarted", in: flow.id,
            ("mapStateStartedEventDetails", ["length": JSON(items.count)]))
        let tolerated = try evaluating(flow) {
            () throws(StatesError) -> (count: Int?, percentage: Double?) in
            try map.toleratedFailure(in: scope)
        }
        var inputs: [JSON] = []
        inputs.reserveCapacity(items.count)
        for (index, item) in items.enumerated() {
            inputs.append(try itemInput(flow, map, index, item, effectiveInput: input))
        }
        if let batcher = map.itemBatcher {
            inputs = try evaluating(flow) { () throws(StatesError) -> [JSON] in
                try batcher.batches(of: inputs, in: scope)
            }
        }
        for input in inputs { _ = try limited(input, flow) }
        let concurrency = try evaluating(flow) { () throws(StatesError) -> Int in
            try map.concurrency(in: scope)
        }
        let label = map.label ?? surroundings.newID()
        let arn =
            "arn:aws:states:\(identity.region):\(identity.account):mapRun:"
            + "\(identity.machineName)/\(label):\(surroundings.newID())"
        let plan = MapRunPlan(
            arn: arn, flow: flow.id, label: label, body: node.bodies[0],
            isExpress: map.itemProcessor.executionType == .express, inputs: inputs,
            maxConcurrency: concurrency, toleratedFailureCount: tolerated.count ?? 0,
            toleratedFailurePercentage: tolerated.percentage ?? 0,
            writer: try writer(map, flow, scope))
        record(
            "MapRunStarted", in: flow.id,
            ("mapRunStartedEventDetails", ["mapRunArn": .string(arn)]))
        changeVisit(flow.id) { $0.phase = .mapRun(arn: arn, redriveCount: 0) }
        step.effects.append(.startMapRun(plan))
    }

    private func writer(
        _ map: Map, _ flow: Flow, _ scope: Scope
    ) throws(Failure) -> (bucket: String, prefix: String)? {
        guard let writer = map.resultWriter, writer.resource != nil else { return nil }
        let parameters = try evaluating(flow) { () throws(StatesError) -> JSON in
            try writer.parameters?.resolve(in: scope) ?? [:]
        }
        guard let bucket = parameters["Bucket"]?.string else {
            throw Failure(
                error: StatesError.Name.resultWriterFailed,
                cause: "ResultWriter needs Bucket as a string, not \(parameters)")
        }
        return (bucket, parameters["Prefix"]?.string ?? "")
    }

    mutating func mapRunEnded(_ flowID: Int, _ arn: String, _ result: Result<JSON, Failure>) {
        guard status == .running, let flow = flows[flowID], flow.status == .running,
            case .mapRun(arn, _)? = flow.visit?.phase
        else { return }
        switch result {
        case .success(let output):
            record("MapRunSucceeded", in: flowID)
            record("MapStateSucceeded", after: flows[flowID]?.lastEventID ?? 0)
            complete(flowID, output)
        case .failure(let failure):
            record(
                "MapRunFailed", in: flowID,
                ("mapRunFailedEventDetails", .object(failure.members)))
            fail(flowID, failure, fromBelow: true)
        }
    }
}
