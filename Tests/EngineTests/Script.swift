import JSON
import StatesLanguage
import System

@testable import Engine

/// One execution without an engine: the test gives it stimuli and reads what it decides.
struct Script {
    var state: ExecutionState
    var now = Timestamp(milliseconds: 1_700_000_000_000)
    var events: [HistoryEvent] = []
    /// Effects of the last stimulus.
    var effects: [Effect] = []

    init(_ definition: String, input: JSON = [:], isExpress: Bool = false) throws {
        let program = Program(try StateMachine(parsing: definition))
        let identity = ExecutionState.Identity(
            row: 1, arn: "arn:aws:states:us-east-1:000000000000:execution:m:e", name: "e",
            machineARN: "arn:aws:states:us-east-1:000000000000:stateMachine:m", machineName: "m",
            roleARN: "role", region: "us-east-1", account: "000000000000", definition: 1, body: 0,
            isExpress: isExpress, mapRun: nil, input: input, inputText: input.serialized())
        state = ExecutionState(identity: identity, program: program, startedAt: now)
        give(.start)
    }

    /// Gives a stimulus; jitter draws 0.5, ids count up.
    @discardableResult
    mutating func give(_ stimulus: Stimulus) -> [String] {
        var surroundings = Surroundings(now: now)
        surroundings.random = { 0.5 }
        let step = state.run(stimulus, in: surroundings)
        events += step.events
        effects = step.effects
        return step.events.map(\.type)
    }

    /// Lets time pass and wakes what asked for it.
    @discardableResult
    mutating func pass(seconds: Double, wake flow: Int = 1) -> [String] {
        now = now + seconds
        return give(.wake(flow: flow))
    }

    /// The invocations asked for by the last stimulus.
    var invocations: [(flow: Int, ticket: Int, function: String, payload: JSON, attempt: Int)] {
        effects.compactMap {
            if case .invoke(let flow, let ticket, let function, let payload, _, let attempt) = $0 {
                (flow, ticket, function, payload, attempt)
            } else {
                nil
            }
        }
    }

    /// Ends the first of them.
    @discardableResult
    mutating func answer(_ result: LambdaResult, at index: Int = 0) -> [String] {
        let invocation = invocations[index]
        return give(
            .invocationEnded(flow: invocation.flow, ticket: invocation.ticket, result))
    }

    var types: [String] { events.map(\.type) }
    /// `type<-previous` of each event, which shows what led to what.
    var chain: [String] { events.map { "\($0.id)<-\($0.previousID) \($0.type)" } }
    var wakeUps: [Double] {
        effects.compactMap {
            if case .wake(_, let at) = $0 { at.seconds - now.seconds } else { nil }
        }
    }

    /// What a store and a restart make of it.
    mutating func restart() {
        state.restore(
            flows: state.flows.compactMap { id, flow in
                (try? JSON(parsing: flow.json.serialized())).flatMap { Flow(id: id, $0) }
            })
        give(.restored)
    }
}

extension LambdaResult {
    static func error(_ name: String) -> LambdaResult {
        .functionError(["errorType": .string(name), "errorMessage": "no"])
    }
}
