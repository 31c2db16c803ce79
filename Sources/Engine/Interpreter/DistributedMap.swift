import JSON
import StatesLanguage

// The distributed Map as its parent execution sees it: a Map Run that ends one way or another.
extension ExecutionState {
    mutating func beginMap(_ flow: Flow, _ node: Program.Node, _ map: Map) throws(Failure) {
        guard map.isDistributed else { return try beginInlineMap(flow, node, map) }
        let input = try effectiveInput(flow, node.state)
        let scope = scope(flow, input: input)
        _ = try integer(map.maxConcurrency, "MaxConcurrency", flow, scope, atLeast: 0)
        guard let reader = map.itemReader else {
            return try startMapRun(flow, node, map, try items(flow, map, scope))
        }
        let parameters = try evaluating(flow) { () throws(StatesError) -> JSON in
            try reader.parameters?.resolve(in: scope) ?? [:]
        }
        guard let bucket = parameters["Bucket"]?.string, let key = parameters["Key"]?.string else {
            throw Failure(
                error: StatesError.Name.itemReaderFailed,
                cause: "ItemReader needs Bucket and Key as strings, not \(parameters)")
        }
        let source = ItemSource(
            bucket: bucket, key: key, reader: reader,
            maxItems: try integer(reader.maxItems, "MaxItems", flow, scope, atLeast: 0))
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
        let count = try integer(
            map.toleratedFailureCount, "ToleratedFailureCount", flow, scope, atLeast: 0)
        let percentage = try percentage(map.toleratedFailurePercentage, flow, scope)
        var inputs: [JSON] = []
        inputs.reserveCapacity(items.count)
        for (index, item) in items.enumerated() {
            let input = try itemInput(flow, map, index, item, effectiveInput: input)
            guard input.serialized().utf8.count <= Limits.payloadBytes else {
                throw .dataLimitExceeded(node.state.name)
            }
            inputs.append(input)
        }
        if let batcher = map.itemBatcher { inputs = try batches(inputs, batcher, flow, scope) }

        let label = map.label ?? surroundings.newID()
        let arn =
            "arn:aws:states:\(identity.region):\(identity.account):mapRun:"
            + "\(identity.machineName)/\(label):\(surroundings.newID())"
        let plan = MapRunPlan(
            arn: arn, flow: flow.id, label: label, body: node.bodies[0],
            isExpress: map.itemProcessor.executionType == .express, inputs: inputs,
            maxConcurrency: try integer(
                map.maxConcurrency, "MaxConcurrency", flow, scope, atLeast: 0) ?? 0,
            toleratedFailureCount: count ?? 0, toleratedFailurePercentage: percentage ?? 0,
            writer: try writer(map, flow, scope))
        record(
            "MapRunStarted", in: flow.id,
            ("mapRunStartedEventDetails", ["mapRunArn": .string(arn)]))
        changeVisit(flow.id) { $0.phase = .mapRun(arn: arn, redriveCount: 0) }
        step.effects.append(.startMapRun(plan))
    }

    private func percentage(
        _ setting: Setting<Double>?, _ flow: Flow, _ scope: Scope
    ) throws(Failure) -> Double? {
        switch setting {
        case nil: return nil
        case .value(let value): return value
        case .path(let path):
            let field = "ToleratedFailurePercentage"
            return try evaluating(flow) { () throws(StatesError) -> Double in
                let value = try path.evaluate(in: scope, field: field + "Path")
                guard let number = value.double else {
                    throw StatesError(
                        StatesError.Name.runtime,
                        "The \(field)Path field refers to value \"\(Self.plain(value))\" which is "
                            + "not a valid float: \(path.text)")
                }
                guard (0...100).contains(number) else {
                    throw StatesError(
                        StatesError.Name.runtime, "\(field) must be between 0 and 100.")
                }
                return number
            }
        }
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

    /// Groups the children's inputs as ItemBatcher says: `{"Items": […], "BatchInput": …}`.
    private func batches(
        _ inputs: [JSON], _ batcher: ItemBatcher, _ flow: Flow, _ scope: Scope
    ) throws(Failure) -> [JSON] {
        let most =
            try integer(
                batcher.maxItemsPerBatch, "MaxItemsPerBatch", flow, scope, atLeast: 1) ?? .max
        let mostBytes =
            try integer(
                batcher.maxInputBytesPerBatch, "MaxInputBytesPerBatch", flow, scope, atLeast: 1)
            ?? Limits.payloadBytes
        let shared = try evaluating(flow) { () throws(StatesError) -> JSON? in
            try batcher.batchInput?.resolve(in: scope)
        }
        var batches: [JSON] = []
        var items: [JSON] = []
        var bytes = 0
        func close() {
            guard !items.isEmpty else { return }
            var batch: JSONObject = ["Items": .array(items)]
            batch["BatchInput"] = shared
            batches.append(.object(batch))
            items = []
            bytes = 0
        }
        for input in inputs {
            let size = input.serialized().utf8.count + 1
            if items.count == most || bytes + size > mostBytes { close() }
            items.append(input)
            bytes += size
        }
        close()
        return batches
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
