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
            let data = try evaluating(flow) { () throws(StatesError) -> JSON in
                try map.dataSet(in: scope)
            }
            // Always there: a data set is an array or an object.
            let items = MapItems(data, source: MapItems.stateData)
            return try startMapRun(flow, node, map, items ?? MapItems([], source: ""))
        }
        let source = try itemSource(flow, reader, scope)
        let ticket = nextEventID
        changeVisit(flow.id) { $0.phase = .readingItems(ticket: ticket) }
        step.effects.append(.readItems(flow: flow.id, ticket: ticket, source))
    }

    private func itemSource(
        _ flow: Flow, _ reader: ItemReader, _ scope: Scope
    ) throws(Failure) -> ItemSource {
        func failure(_ cause: String) -> Failure {
            Failure(error: StatesError.Name.itemReaderFailed, cause: cause)
        }
        let parameters = try evaluating(flow) { () throws(StatesError) -> JSON in
            try reader.parameters?.resolve(in: scope) ?? [:]
        }
        let isListing = reader.resource == .s3ListObjectsV2
        let name = isListing ? "Prefix" : "Key"
        guard let bucket = parameters["Bucket"]?.string,
            let key = parameters[name]?.string ?? (isListing ? "" : nil),
            parameters[name].map({ $0.string != nil }) ?? true
        else {
            throw failure("ItemReader needs Bucket and \(name) as strings, not \(parameters)")
        }
        let known: Set = ["Bucket", name, "ExpectedBucketOwner"]
        if let unknown = parameters.object?.names.first(where: { !known.contains($0) }) {
            throw failure("ItemReader's parameter \(unknown) is not supported here")
        }
        if let owner = parameters["ExpectedBucketOwner"], owner.string != identity.account {
            throw failure("the bucket \(bucket) belongs to \(identity.account), not to \(owner)")
        }
        let maxItems = try evaluating(flow) { () throws(StatesError) -> Int? in
            try reader.maxItems?.resolve("MaxItems", in: scope)
        }
        // 0, and less through a path, reads all.
        return ItemSource(
            bucket: bucket, what: isListing ? .listing(prefix: key) : .object(key: key),
            reader: reader, limit: maxItems.map { $0 > 0 ? $0 : .max } ?? .max)
    }

    mutating func itemsRead(_ flowID: Int, _ ticket: Int, _ result: Result<MapItems, Failure>) {
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
        _ flow: Flow, _ node: Program.Node, _ map: Map, _ items: MapItems
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
        let children = try children(flow, map, items, effectiveInput: input)
        let concurrency = try evaluating(flow) { () throws(StatesError) -> Int in
            try map.concurrency(in: scope)
        }
        let label = map.label ?? surroundings.newID()
        let arn =
            "arn:aws:states:\(identity.region):\(identity.account):mapRun:"
            + "\(identity.machineName)/\(label):\(surroundings.newID())"
        let plan = MapRunPlan(
            arn: arn, flow: flow.id, label: label, body: node.bodies[0],
            isExpress: map.itemProcessor.executionType == .express, children: children,
            maxConcurrency: concurrency, toleratedFailureCount: tolerated.count ?? 0,
            toleratedFailurePercentage: tolerated.percentage ?? 0,
            results: try results(map, flow, scope))
        record(
            "MapRunStarted", in: flow.id,
            ("mapRunStartedEventDetails", ["mapRunArn": .string(arn)]))
        changeVisit(flow.id) { $0.phase = .mapRun(arn: arn, redriveCount: 0) }
        step.effects.append(.startMapRun(plan))
    }

    /// ItemSelector, then ItemBatcher.
    private func children(
        _ flow: Flow, _ map: Map, _ items: MapItems, effectiveInput: JSON
    ) throws(Failure) -> [MapRunPlan.Child] {
        guard let batcher = map.itemBatcher else {
            var children: [MapRunPlan.Child] = []
            children.reserveCapacity(items.count)
            var bytes = 0
            for index in 0..<items.count {
                let input = try itemInput(
                    flow, map, items, index, effectiveInput: effectiveInput)
                let text = try limited(input, flow).serialized()
                bytes += text.utf8.count
                guard bytes <= Limits.mapInputBytes else {
                    throw Failure(
                        error: StatesError.Name.runtime,
                        cause: "The inputs of the children have more than \(Limits.mapInputBytes) "
                            + "bytes.")
                }
                children.append(MapRunPlan.Child(input: text))
            }
            return children
        }
        var inputs: [JSON] = []
        inputs.reserveCapacity(items.count)
        for index in 0..<items.count {
            inputs.append(
                try itemInput(flow, map, items, index, effectiveInput: effectiveInput))
        }
        let batches = try evaluating(flow) { () throws(StatesError) -> [JSON] in
            try batcher.batches(of: inputs, in: scope(flow, input: effectiveInput))
        }
        var children: [MapRunPlan.Child] = []
        for batch in batches {
            children.append(
                MapRunPlan.Child(
                    input: try limited(batch, flow).serialized(),
                    items: batch["Items"]?.array?.count ?? 0))
        }
        return children
    }

    private func results(
        _ map: Map, _ flow: Flow, _ scope: Scope
    ) throws(Failure) -> ResultPlan {
        let config = map.resultWriter?.writerConfig
        guard let writer = map.resultWriter, writer.resource != nil else {
            return ResultPlan(
                destination: nil, transformation: config?.transformation ?? .compact,
                outputType: .json)
        }
        let parameters = try evaluating(flow) { () throws(StatesError) -> JSON in
            try writer.parameters?.resolve(in: scope) ?? [:]
        }
        guard let bucket = parameters["Bucket"]?.string else {
            throw Failure(
                error: StatesError.Name.resultWriterFailed,
                cause: "ResultWriter needs Bucket as a string, not \(parameters)")
        }
        if let prefix = parameters["Prefix"], prefix.string == nil {
            throw Failure(
                error: StatesError.Name.resultWriterFailed,
                cause: "ResultWriter needs Prefix as a string, not \(prefix)")
        }
        return ResultPlan(
            destination: (bucket, parameters["Prefix"]?.string ?? ""),
            transformation: config?.transformation ?? ResultPlan.Transformation.none,
            outputType: config?.outputType ?? .json)
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
