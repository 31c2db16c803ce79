import AWSClient
import HTTP
import JSON
import LoopbackServer
import Stores
import Synchronization
import Testing

@testable import Pipeline

/// SendMessageBatch as SQS answers it, with trouble at the requests that are told.
private final class FaultyQueue: Sendable {
    enum Fault: Sendable {
        /// Nothing is taken.
        case unavailable
        /// All is taken, and the answer is an error or none at all.
        case takenButRefused, takenAndReset
        /// So many are taken, the others are named as failed.
        case partly(Int)
    }
    struct State {
        /// What consumers would get, in order.
        var messages: [String] = []
        /// What each deduplication id stands for.
        var known: [String: String] = [:]
        var groups: Set<String> = []
        var requests = 0
        var faults: [Int: Fault] = [:]
        var contradictions = 0
    }
    let state = Mutex(State())
    let isFIFO: Bool

    init(isFIFO: Bool, _ faults: [Int: Fault]) {
        self.isFIFO = isFIFO
        state.withLock { $0.faults = faults }
    }

    func answer(_ request: LoopbackServer.Request) -> LoopbackServer.Answer {
        guard let entries = (try? JSON(parsing: request.body))?["Entries"]?.array else {
            return .response(400)
        }
        return state.withLock { state in
            let fault = state.faults.removeValue(forKey: state.requests)
            state.requests += 1
            var taken = entries[...]
            switch fault {
            case .unavailable: return .text(503, "{}")
            case .partly(let count): taken = entries.prefix(count)
            case nil, .takenButRefused, .takenAndReset: break
            }
            for entry in taken { take(entry, &state) }
            switch fault {
            case .takenButRefused: return .text(500, "{}")
            case .takenAndReset: return .reset
            default: break
            }
            let failed = entries.dropFirst(taken.count).map { entry -> JSON in
                ["Id": entry["Id"] ?? .null, "SenderFault": false, "Code": "InternalError"]
            }
            let answer: JSON = [
                "Successful": .array(taken.map { ["Id": $0["Id"] ?? .null] }),
                "Failed": .array(failed),
            ]
            return .text(200, answer.serialized())
        }
    }

    private func take(_ entry: JSON, _ state: inout State) {
        let body = entry["MessageBody"]?.string ?? ""
        if isFIFO {
            state.groups.insert(entry["MessageGroupId"]?.string ?? "none")
            let id = entry["MessageDeduplicationId"]?.string ?? ""
            if let known = state.known[id] {
                if known != body { state.contradictions += 1 }
                return
            }
            state.known[id] = body
        }
        state.messages.append(body)
    }
}

@Suite struct EmitToSQSTests {
    /// Emits until it succeeds, at most ten times.
    private func emit(isFIFO: Bool, _ faults: [Int: FaultyQueue.Fault]) throws -> (
        expected: [String], queue: FaultyQueue, attempts: Int
    ) {
        let workplace = try Workplace()
        var (emit, driver) = try EmitTests.ready(workplace)
        try driver.emit(emit)
        let expected = try Workplace.lines(of: workplace.queue)
        let queue = FaultyQueue(isFIFO: isFIFO, faults)
        let server = LoopbackServer(queue.answer)
        defer { server.stop() }
        let client = AWSClient(
            AWSConfiguration(endpointURL: server.origin, maximumAttempts: 2),
            retries: RetryPolicy(pause: { _ in }, random: { 0 }))
        driver.environment.queue = SQSMessageQueue(
            queueURL: "\(server.origin)/1/messages\(isFIFO ? ".fifo" : "")", client,
            requestsInFlight: 4)
        for attempts in 1...10 {
            do {
                try driver.emit(emit)
                return (expected, queue, attempts)
            } catch  where JobDriver.Failure.isUnavailable(error) {}
        }
        Issue.record("it never succeeded")
        return (expected, queue, 10)
    }

    private static let faults: [[Int: FaultyQueue.Fault]] = [
        [:], [0: .takenButRefused, 1: .takenButRefused, 2: .takenAndReset, 3: .takenAndReset],
        [150: .partly(3), 190: .unavailable, 191: .unavailable, 260: .takenAndReset],
        [199: .takenAndReset, 200: .takenButRefused, 201: .partly(0), 202: .partly(9)],
        // A batch of the second group and its repetition, so that a whole attempt fails.
        [200: .takenButRefused, 201: .takenAndReset, 202: .takenButRefused],
    ]

    @Test(arguments: faults.indices)
    func `a FIFO queue holds each message once and in order, whatever happens on the way`(plan: Int)
        throws
    {
        let (expected, queue, attempts) = try emit(isFIFO: true, Self.faults[plan])
        let state = queue.state.withLock { $0 }
        #expect(state.messages == expected)
        // The ids are the run's, the task's and the message's: no attempt gives one to another message.
        #expect(state.contradictions == 0)
        #expect(state.groups == ["customer-messages/20240105-1/00000"])
        if plan == 4 { #expect(attempts > 1) }
        if plan == 0 { #expect(attempts == 1) }
    }

    @Test(arguments: faults.indices)
    func `a standard queue loses nothing and repeats a group at most per failed attempt`(
        plan: Int
    ) throws {
        let (expected, queue, attempts) = try emit(isFIFO: false, Self.faults[plan])
        let messages = queue.state.withLock { $0.messages }
        #expect(Set(messages) == Set(expected))
        // Besides whole groups of failed attempts: batches whose answer was lost.
        let lostAnswers = 10 * Self.faults[plan].count
        #expect(
            messages.count <= expected.count + (attempts - 1) * Outbox.groupMessages + lostAnswers)
    }
}
