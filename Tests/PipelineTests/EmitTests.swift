import JSON
import Stores
import Synchronization
import System
import Testing

#if canImport(Glibc)
import Glibc
#endif

@testable import Pipeline

/// What a queue does to the next groups.
enum Mishap: Sendable, Hashable {
    /// Nothing was sent.
    case before
    /// All was sent, but the answer got lost.
    case after
    /// So many messages were sent and a part of the next one.
    case partly(Int)
}

/// A local queue that fails at the groups it is told to.
final class FlakyQueue: MessageQueue {
    let queue: LocalMessageQueue
    private let mishaps: Mutex<[Int: Mishap]>
    private let sends = Mutex(0)

    /// - Parameter mishaps: by the number of the send, 0-based; each happens once.
    init(_ queue: LocalMessageQueue, _ mishaps: [Int: Mishap]) {
        self.queue = queue
        self.mishaps = Mutex(mishaps)
    }

    func sentCount(sender: String) throws(StoreError) -> Int? {
        try queue.sentCount(sender: sender)
    }

    func send(_ group: MessageGroup) throws(StoreError) {
        let number = sends.withLock { count in
            defer { count += 1 }
            return count
        }
        switch mishaps.withLock({ $0.removeValue(forKey: number) }) {
        case nil: return try queue.send(group)
        case .before: break
        case .after: try queue.send(group)
        case .partly(let count):
            // As a write(2) that a kill cut short leaves it.
            var part = group
            part.ends = Array(group.ends.prefix(count))
            if count > 0 { try queue.send(part) }
            let torn = Array(#"{"type":"customer_mess"#.utf8)
            try tear(group.sender, torn)
        }
        throw StoreError(.unavailable, "a mishap at send \(number)", subject: group.sender)
    }

    func send(_ message: String) throws(StoreError) { try queue.send(message) }

    private func tear(_ sender: String, _ bytes: [UInt8]) throws(StoreError) {
        do {
            let path = queue.directory + "/" + sender + ".jsonl"
            try FileSystem.makeDirectory(
                path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 })
            let file = try File(path, flags: O_WRONLY | O_APPEND | O_CREAT)
            try bytes.withUnsafeBytes { try file.write($0) }
        } catch {
            throw StoreError(.inputOutput, "\(error)", subject: sender)
        }
    }
}

/// A queue that cannot know what it holds, as SQS.
final class ForgetfulQueue: MessageQueue {
    let lines = Mutex<[String]>([])
    private let mishaps: Mutex<[Int: Mishap]>
    private let sends = Mutex(0)

    init(_ mishaps: [Int: Mishap]) { self.mishaps = Mutex(mishaps) }

    func sentCount(sender: String) throws(StoreError) -> Int? { nil }

    func send(_ group: MessageGroup) throws(StoreError) {
        let number = sends.withLock { count in
            defer { count += 1 }
            return count
        }
        let mishap = mishaps.withLock { $0.removeValue(forKey: number) }
        var start = 0
        var taken: [String] = []
        for end in group.ends {
            taken.append(
                String(
                    decoding: UnsafeRawBufferPointer(rebasing: group.lines[start..<end - 1]),
                    as: UTF8.self))
            start = end
        }
        switch mishap {
        case .before: taken = []
        case .partly(let count): taken = Array(taken.prefix(count))
        case nil, .after: break
        }
        lines.withLock { $0 += taken }
        if mishap != nil {
            throw StoreError(.unavailable, "a mishap at send \(number)", subject: group.sender)
        }
    }

    func send(_ message: String) throws(StoreError) { lines.withLock { $0.append(message) } }
}

@Suite struct EmitTests {
    static let customers = 2 * Outbox.groupMessages + 700

    /// A set of so many customers, ready to be emitted.
    static func ready(_ workplace: Workplace) throws -> (emit: JSON, driver: JobDriver) {
        let customers = (0..<customers).map { "C-\($0)" }.joined(separator: "\n")
        let files = CustomerMessagesTests.files(.customers, "customer_id\n\(customers)\n")
        var references: [JobInput: ObjectReference] = [:]
        for (kind, bytes) in files {
            references[kind] = try workplace.drop("\(kind.name)_1.csv", bytes)
        }
        let driver = JobDriver(environment: workplace.environment())
        try driver.receive(references)
        return (try #require(try driver.aggregate().first), driver)
    }

    @Test func `after any mishap another attempt completes exactly the expected messages`() throws {
        let workplace = try Workplace()
        var (emit, driver) = try Self.ready(workplace)
        try driver.emit(emit)
        let expected = try Workplace.lines(of: workplace.queue)
        #expect(expected.count == Self.customers)
        #expect(Set(expected).count == Self.customers)

        let kinds: [Mishap] = [.before, .after, .partly(0), .partly(1), .partly(699)]
        var plans: [[Int: Mishap]] = []
        for number in 0..<3 { plans += kinds.map { [number: $0] } }
        // Several in a row, the same group thrice.
        plans.append([0: .partly(10), 1: .partly(20), 2: .after, 3: .before, 4: .partly(3)])
        for (index, plan) in plans.enumerated() {
            let queue = LocalMessageQueue(directory: "\(workplace.root)/queue-\(index)")
            driver.environment.queue = FlakyQueue(queue, plan)
            var attempts = 0
            while true {
                attempts += 1
                do {
                    try driver.emit(emit)
                    break
                } catch  where JobDriver.Failure.isUnavailable(error) {
                    try #require(attempts <= plan.count, "\(plan)")
                }
            }
            #expect(attempts == plan.count + 1)
            #expect(try Workplace.lines(of: queue) == expected, "\(plan)")
            #expect(try driver.summarise()["messages"]?.int == Self.customers)
        }
    }

    @Test func `a queue that cannot know gets all of them, and one group twice at most`() throws {
        let workplace = try Workplace()
        var (emit, driver) = try Self.ready(workplace)
        try driver.emit(emit)
        let expected = try Workplace.lines(of: workplace.queue)
        for number in 0..<3 {
            for mishap in [Mishap.before, .after, .partly(5)] {
                let queue = ForgetfulQueue([number: mishap])
                driver.environment.queue = queue
                try workplace.objects.deleteObject(
                    bucket: "work", key: "customer-messages/20240105-1/checkpoints/00000.json")
                #expect {
                    try driver.emit(emit)
                } throws: {
                    JobDriver.Failure.isUnavailable($0)
                }
                try driver.emit(emit)
                let lines = queue.lines.withLock { $0 }
                let repeated = lines.count - expected.count
                let group = number < 2 ? Outbox.groupMessages : 700
                #expect(repeated == (mishap == .before ? 0 : mishap == .after ? group : 5))
                let start = number * Outbox.groupMessages
                #expect(Array(lines.prefix(start)) == Array(expected.prefix(start)))
                #expect(
                    Array(lines.dropFirst(start + repeated)) == Array(expected.dropFirst(start)))
                // A third attempt finds nothing left to do.
                try driver.emit(emit)
                #expect(queue.lines.withLock { $0.count } == lines.count)
            }
        }
    }
}
