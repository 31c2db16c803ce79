public import JSON
import Stores

/// Joins the partial sums with the customers of a range of slices and sends a message for each.
///
/// In: an item of the manifest that `seal` wrote. Messages leave in a fixed order: slice by slice, and in
/// it by the customers' first records. After each group a checkpoint is kept, unless the queue counts itself
/// what it has, so that another attempt goes on behind the last group that was sent for certain. Out: `{messages, ...}`.
public struct Emit: Sendable {
    let environment: StepEnvironment

    /// Messages between two checkpoints: what can be sent twice, at most, after a crash.
    static let groupMessages = 2000

    public init(_ environment: StepEnvironment) { self.environment = environment }

    public func handle(_ event: JSON) throws -> JSON {
        let input = StepInput(json: event)
        let run = try Run(input, environment)
        let task = try SliceTask(input)
        let customers = try SealedFile(StepInput(json: run.storage.get("sealed/customers.json")))
        var parts: [(name: String, sizeBytes: Int)] = []
        for index in 0..<task.aggregateTasks {
            let report = StepInput(
                json: try run.storage.get("reports/aggregate/\(RunStorage.number(index)).json"))
            let size = try report.integer("partBytes")
            if size == 0 { continue }
            parts.append((SliceTask.partialName(index), size))
        }
        let partials = try run.storage.openParts(parts, slices: task.slices)
        let scale = partials.map(\.layout.amountScale).max() ?? 2
        var customerRows = SliceReader(
            try run.storage.openParts(
                customers.parts.map { ($0.name, $0.sizeBytes) }, slices: task.slices),
            slices: task.slices)
        var partialRows = SliceReader(partials, slices: task.slices)

        var outbox = try Outbox(run, task.index)
        var join = CustomerJoin(scale: scale)
        do {
            for slice in task.slices {
                join.removeAll()
                try customerRows.forEachRun(of: slice) { try join.takeCustomers($0, $1) }
                try partialRows.forEachRun(of: slice) { try join.takePartials($0, $1) }
                try join.forEachCustomer { try outbox.append($0, scale: scale) }
            }
        } catch Amount.Failure.outOfRange {
            throw StepError(
                errorName: "Sluice.NumberOutOfRange",
                cause:
                    "\(run.fileSet): a sum of amounts has more than \(Amount.maximumDigits) digits")
        }
        try outbox.finish()
        let outcome: JSON = [
            "messages": JSON(outbox.count), "customerRows": JSON(join.customerRows),
            "customersWithOrders": JSON(join.customersWithOrders),
            "orphanOrders": JSON(join.orphanOrders),
            "itemsOfOrphanOrders": JSON(join.itemsOfOrphanOrders),
        ]
        try run.storage.put("reports/emit/\(RunStorage.number(task.index)).json", outcome)
        environment.log("emitted", ["task": JSON(task.index), "messages": JSON(outbox.count)])
        return outcome
    }
}

/// Gathers messages into groups, sends each and keeps a checkpoint where the queue does not know itself
/// what it has.
struct Outbox {
    private let run: Run
    private let sender: String
    private let checkpointName: String
    private let keepsCheckpoint: Bool
    /// Messages that were sent before this attempt.
    private let alreadySent: Int
    private(set) var count = 0
    private var lines: [UInt8] = []
    private var ends: [Int] = []

    init(_ run: Run, _ index: Int) throws {
        self.run = run
        sender = run.sender(index)
        checkpointName = "checkpoints/\(RunStorage.number(index)).json"
        let known = try run.storage.environment.queue.sentCount(sender: sender)
        keepsCheckpoint = known == nil
        alreadySent = try known ?? Self.checkpoint(run.storage, checkpointName)
        lines.reserveCapacity(Emit.groupMessages * 160)
        ends.reserveCapacity(Emit.groupMessages)
    }

    /// What an attempt before this one had sent for certain.
    private static func checkpoint(_ storage: RunStorage, _ name: String) throws -> Int {
        let environment = storage.environment
        let found = try environment.objects.headObject(
            bucket: environment.workBucket, key: storage.key(name))
        return found == nil ? 0 : try storage.get(name)["sent"]?.int ?? 0
    }

    @inline(__always)
    mutating func append(_ customer: CustomerJoin.Customer, scale: Int) throws {
        count &+= 1
        if count <= alreadySent { return }
        Message.write(customer, scale: scale, to: &lines)
        ends.append(lines.count)
        if ends.count == Emit.groupMessages { try send() }
    }

    mutating func finish() throws { if !ends.isEmpty { try send() } }

    private mutating func send() throws {
        let environment = run.storage.environment
        try lines.withUnsafeBytes {
            try environment.queue.send(
                MessageGroup(
                    sender: sender, firstSequence: count - ends.count, lines: $0, ends: ends))
        }
        if keepsCheckpoint { try run.storage.put(checkpointName, ["sent": JSON(count)]) }
        lines.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }
}
