import JSON
import StatesLanguage

// Parallel and the inline Map: flows below a state, and their join.
extension ExecutionState {
    mutating func beginParallel(_ flow: Flow, _ node: Program.Node) throws(Failure) {
        removeChildren(of: flow.id)
        let input = try effectiveInput(flow, node.state)
        let payload = try evaluating(flow) { () throws(StatesError) -> JSON in
            try node.state.payload(in: scope(flow, input: input))
        }
        _ = try limited(payload, flow)
        record("ParallelStateStarted", in: flow.id)
        changeVisit(flow.id) { $0.phase = .branches }
        for (index, body) in node.bodies.enumerated() {
            addFlow(
                parent: flow.id, index: index, body: body, variables: flow.variables,
                mapItem: flow.mapItem, input: payload,
                lastEventID: flows[flow.id]?.lastEventID ?? 0)
        }
    }

    mutating func beginInlineMap(
        _ flow: Flow, _ node: Program.Node, _ map: Map
    ) throws(Failure) {
        removeChildren(of: flow.id)
        let iterations = try iterations(flow, node.state, map)
        record(
            "MapStateStarted", in: flow.id,
            ("mapStateStartedEventDetails", ["length": JSON(iterations.items.count)]))
        changeVisit(flow.id) { $0.phase = .iterations(iterations) }
        if iterations.items.count == 0 { return join(flow.id) }
        startIterations(flow.id)
    }

    /// What an inline Map works through, from its state's input.
    func iterations(
        _ flow: Flow, _ state: State, _ map: Map
    ) throws(Failure) -> Iterations {
        let input = try effectiveInput(flow, state)
        let scope = scope(flow, input: input)
        let concurrency = try evaluating(flow) { () throws(StatesError) -> Int in
            try map.concurrency(in: scope)
        }
        let items = try evaluating(flow) { () throws(StatesError) -> [JSON] in
            try map.items(in: scope)
        }
        return Iterations(
            items: MapItems(items, source: MapItems.stateData), effectiveInput: input,
            concurrency: concurrency == 0
                ? Limits.inlineConcurrency : min(concurrency, Limits.inlineConcurrency))
    }

    /// An item as its iteration or child execution gets it.
    func itemInput(
        _ flow: Flow, _ map: Map, _ items: MapItems, _ index: Int, effectiveInput: JSON
    ) throws(Failure) -> JSON {
        let item = items.value(at: index)
        guard map.itemSelector != nil else { return item }
        let scope = Scope(
            input: effectiveInput,
            context: context(flow, item: items.context(at: index)),
            variables: flow.variables)
        let input = try evaluating(flow) { () throws(StatesError) -> JSON in
            try map.iterationInput(of: item, in: scope)
        }
        return try limited(input, flow)
    }

    /// The payload a flow or child execution starts with, unless it is over a state's limits.
    func limited(_ payload: JSON, _ flow: Flow) throws(Failure) -> JSON {
        let error = StatesError.dataLimitExceeded(by: payload, ofState: flow.visit?.state ?? "")
        if let error { throw Failure(error) }
        return payload
    }

    /// Starts iterations up to the concurrency; `after` is the event that made room.
    mutating func startIterations(_ flowID: Int, after eventID: Int? = nil) {
        guard let flow = flows[flowID], let node = node(flow), case .map(let map) = node.state.kind
        else { return }
        while let flow = flows[flowID], case .iterations(let iterations)? = flow.visit?.phase,
            iterations.next < iterations.items.count, iterations.running < iterations.concurrency
        {
            let index = iterations.next
            let input: JSON
            do throws(Failure) {
                input = try itemInput(
                    flow, map, iterations.items, index, effectiveInput: iterations.effectiveInput)
            } catch {
                for child in children(of: flowID) { abort(child.id) }
                return fail(flowID, error, fromBelow: true)
            }
            let started = record(
                "MapIterationStarted", after: eventID ?? flow.lastEventID,
                ("mapIterationStartedEventDetails", iteration(index, of: node.state)))
            addFlow(
                parent: flowID, index: index, body: node.bodies[0], variables: flow.variables,
                mapItem: iterations.items.context(at: index), input: input, lastEventID: started)
            changeIterations(flowID) {
                $0.next += 1
                $0.running += 1
            }
            if isOverflowing { return }
        }
    }

    /// Changes how far a Map is; that is not stored, so the flow does not count as changed.
    mutating func changeIterations(_ flow: Int, _ body: (inout Iterations) -> Void) {
        guard case .iterations(var iterations)? = flows[flow]?.visit?.phase else { return }
        flows[flow]?.visit?.phase = .working
        body(&iterations)
        flows[flow]?.visit?.phase = .iterations(iterations)
    }

    func iteration(_ index: Int, of state: State) -> JSON {
        ["name": .string(state.name), "index": JSON(index)]
    }

    /// A branch or iteration has come to its end.
    mutating func childSucceeded(_ child: Flow, of parentID: Int) {
        guard let parent = flows[parentID], let state = node(parent)?.state else { return }
        switch parent.visit?.phase {
        case .branches:
            guard children(of: parentID).allSatisfy({ $0.status == .succeeded }) else { return }
            change(parentID) { $0.lastEventID = child.lastEventID }
            join(parentID)
        case .iterations:
            let succeeded = record(
                "MapIterationSucceeded", after: child.lastEventID,
                ("mapIterationSucceededEventDetails", iteration(child.index, of: state)))
            changeIterations(parentID) { $0.running -= 1 }
            guard case .iterations(let iterations)? = flows[parentID]?.visit?.phase else { return }
            if iterations.next == iterations.items.count, iterations.running == 0 {
                change(parentID) { $0.lastEventID = succeeded }
                join(parentID)
            } else {
                startIterations(parentID, after: child.lastEventID)
            }
        default: break
        }
    }

    /// All below have succeeded: their outputs are the state's result.
    mutating func join(_ flowID: Int) {
        guard let flow = flows[flowID], let state = node(flow)?.state else { return }
        let outputs = children(of: flowID).map { $0.output ?? .null }
        record(state.type + "StateSucceeded", after: flow.lastEventID)
        complete(flowID, .array(outputs))
        // Kept when the state failed all the same: a redrive starts from them.
        if flows[flowID]?.status != .failed { removeChildren(of: flowID) }
    }
}
