import JSON
import System

/// Where an execution is: a value that changes only by ``run(_:in:)``.
struct ExecutionState: Sendable {
    enum Status: String, Sendable, CaseIterable {
        case running = "RUNNING", succeeded = "SUCCEEDED", failed = "FAILED"
        case timedOut = "TIMED_OUT", aborted = "ABORTED"
    }

    /// What stays the same all its life.
    struct Identity: Sendable {
        /// The store's row.
        let row: Int
        let arn: String
        let name: String
        let machineARN: String
        let machineName: String
        let roleARN: String
        let region: String
        let account: String
        /// The definition's row.
        let definition: Int
        /// ``Program/Body/id`` it runs.
        let body: Int
        let isExpress: Bool
        /// Of a Map Run's child: the run's row and the item's index.
        let mapRun: (row: Int, index: Int)?
        /// How many executions wait for this one's end, each for the one below it.
        var nesting = 0
        let input: JSON
        /// As it was given.
        let inputText: String
    }

    let identity: Identity
    let program: Program
    var startedAt: Timestamp
    var stoppedAt: Timestamp?
    var status = Status.running
    var output: JSON?
    var failure: Failure?
    var redriveCount = 0
    var redrivenAt: Timestamp?
    /// When the whole execution times out.
    var timesOutAt: Timestamp?
    var flows: [Int: Flow] = [:]
    /// Ids of the flows below a flow, in the order they were added.
    private var below: [Int: [Int]] = [:]
    var nextEventID = 1
    var nextFlowID = 1

    /// What is left to do in this step.
    var work: [Work] = []
    /// What this step has led to so far.
    var step = Step()
    var surroundings: Surroundings
    /// The history is full.
    var isOverflowing = false

    enum Work: Sendable {
        case enter(flow: Int, state: String, input: JSON)
        case resume(flow: Int)
    }

    init(identity: Identity, program: Program, startedAt: Timestamp) {
        self.identity = identity
        self.program = program
        self.startedAt = startedAt
        surroundings = Surroundings(now: startedAt)
    }

    var now: Timestamp { surroundings.now }
    static let rootID = 1

    /// Takes one stimulus all the way, until everything waits for something outside again.
    mutating func run(_ stimulus: Stimulus, in surroundings: Surroundings) -> Step {
        self.surroundings = surroundings
        take(stimulus)
        var at = 0
        while at < work.count, status == .running {
            let next = work[at]
            at += 1
            switch next {
            case .enter(let flow, let state, let input): enter(flow, state, input)
            case .resume(let flow): resume(flow)
            }
            if isOverflowing { failOverflowing() }
        }
        work.removeAll()
        if isOverflowing { failOverflowing() }
        defer { step = Step() }
        return step
    }

    /// Appends an event; its id.
    @discardableResult
    mutating func record(
        _ type: String, after previousID: Int, _ details: (name: String, value: JSON)? = nil
    ) -> Int {
        let id = nextEventID
        guard id < eventLimit || Self.isFinal(type) else {
            isOverflowing = true
            return id
        }
        nextEventID += 1
        step.events.append(
            HistoryEvent(id: id, previousID: previousID, type: type, time: now, details: details))
        return id
    }

    var eventLimit: Int {
        identity.isExpress ? Limits.expressHistoryEvents : Limits.historyEvents
    }

    private static func isFinal(_ type: String) -> Bool {
        switch type {
        case "ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut": true
        default: false
        }
    }

    /// Appends an event of a flow, after the flow's last one.
    mutating func record(
        _ type: String, in flow: Int, _ details: (name: String, value: JSON)? = nil
    ) {
        let id = record(type, after: flows[flow]?.lastEventID ?? 0, details)
        change(flow) { $0.lastEventID = id }
    }

    mutating func change(_ flow: Int, _ body: (inout Flow) -> Void) {
        guard flows[flow] != nil else { return }
        body(&flows[flow]!)
        step.changedFlows.insert(flow)
    }

    /// Changes the visit; nothing when the flow is in no state.
    mutating func changeVisit(_ flow: Int, _ body: (inout Visit) -> Void) {
        guard flows[flow]?.visit != nil else { return }
        body(&flows[flow]!.visit!)
        step.changedFlows.insert(flow)
    }

    /// A new line of control, which goes into its first state next.
    @discardableResult
    mutating func addFlow(
        parent: Int?, index: Int, body: Int, variables: JSONObject, mapItem: JSON?,
        input: JSON, lastEventID: Int
    ) -> Int {
        let id = nextFlowID
        nextFlowID += 1
        flows[id] = Flow(
            id: id, parent: parent, index: index, body: body, variables: variables,
            mapItem: mapItem, startInput: input, lastEventID: lastEventID)
        if let parent { below[parent, default: []].append(id) }
        step.changedFlows.insert(id)
        work.append(.enter(flow: id, state: program.bodies[body].startAt, input: input))
        return id
    }

    /// The branches or iterations of a flow's state, by index.
    func children(of flow: Int) -> [Flow] {
        (below[flow] ?? []).compactMap { flows[$0] }.sorted { $0.index < $1.index }
    }

    /// Forgets the branches or iterations below a flow.
    mutating func removeChildren(of flow: Int) {
        for child in below.removeValue(forKey: flow) ?? [] {
            removeChildren(of: child)
            flows[child] = nil
            step.changedFlows.remove(child)
            step.removedFlows.insert(child)
        }
    }

    /// Takes flows as they were stored.
    mutating func restore(flows stored: [Flow]) {
        flows = [:]
        below = [:]
        for flow in stored.sorted(by: { $0.id < $1.id }) {
            flows[flow.id] = flow
            if let parent = flow.parent { below[parent, default: []].append(flow.id) }
        }
        nextFlowID = (flows.keys.max() ?? 0) + 1
    }

    func node(_ flow: Flow) -> Program.Node? {
        flow.visit.flatMap { program.bodies[flow.body].nodes[$0.state] }
    }
}
