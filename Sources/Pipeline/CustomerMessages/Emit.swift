import CSV
public import JSON
import Stores

/// Joins the partial sums with the customers of a range of slices and sends a message for each.
///
/// In: an item of the manifest that `seal` wrote. Messages leave in a fixed order: slice by slice, and in
/// it by the customers' first records. After each group a checkpoint is kept, unless the queue counts itself
/// what it has, so that another attempt goes on behind the last group that was sent for certain. With a
/// table of customers, ``CustomerItems`` are written beside them. Out: `{messages, ...}`.
public struct Emit: Sendable {
    let environment: StepEnvironment

    /// Messages between two checkpoints: what can be sent twice, at most, after a crash.
    static let groupMessages = 2000

    public init(_ environment: StepEnvironment) { self.environment = environment }

    public func handle(_ event: JSON) throws -> JSON {
        let usage = Usage(environment)
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
        let partials = try run.storage.openParts(parts, .totals, slices: task.slices)
        var customerRows = SliceReader(
            try run.storage.openParts(
                customers.parts.map { ($0.name, $0.sizeBytes) }, .texts, slices: task.slices),
            slices: task.slices)
        var partialRows = SliceReader(partials, slices: task.slices)

        var outbox = try Outbox(run, task.index)
        let items = try environment.customersTable.map {
            try CustomerItems($0, run, task.index, startTime: input.text("startTime"))
        }
        // Nothing may go on behind an invocation that has failed.
        defer { items?.wait() }
        var join = CustomerJoin(scale: PartLayout.commonScale(of: partials))
        do {
            for slice in task.slices {
                join.removeAll()
                try customerRows.forEachRun(of: slice) { try join.takeCustomers($0, $1) }
                try partialRows.forEachRun(of: slice) { join.takePartials($0, $1) }
                try join.forEachCustomer {
                    try outbox.append($0)
                    try items?.append($0)
                }
            }
        } catch let error as CustomerJoin.AmountOutOfRange {
            throw Self.outOfRange(error, run)
        }
        try outbox.finish()
        try items?.finish()
        var outcome: JSONObject = [
            "messages": JSON(outbox.count), "customerRows": JSON(join.customerRows),
            "customersWithOrders": JSON(join.customersWithOrders),
            "orphanOrders": JSON(join.orphanOrders),
            "itemsOfOrphanOrders": JSON(join.itemsOfOrphanOrders),
        ]
        if let items {
            outcome["customerItems"] = JSON(items.count)
            outcome["newerCustomerItems"] = JSON(items.newer)
        }
        try run.storage.put(
            "reports/emit/\(RunStorage.number(task.index)).json",
            usage.adding(to: .object(outcome)))
        environment.record([.messages(outbox.count)])
        environment.log("emitted", ["task": JSON(task.index), "messages": JSON(outbox.count)])
        return .object(outcome)
    }

    private static func outOfRange(
        _ error: CustomerJoin.AmountOutOfRange, _ run: Run
    ) -> StepError {
        let digits =
            "add up to more than \(Amount.maximumDigits) digits, two behind the point counted"
        return StepError(
            errorName: RecordProblem.Reason.numberOutOfRange.rawValue,
            cause:
                "\(run.fileSet): the amounts of customer \(JSON.string(error.reference).serialized()) "
                + digits,
            details: ["value": .string(error.reference)],
            publicCause: "\(run.fileSet): the amounts of a customer \(digits)")
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
        alreadySent = try known ?? run.storage.getIfThere(checkpointName)?["sent"]?.int ?? 0
        lines.reserveCapacity(Emit.groupMessages * 160)
        ends.reserveCapacity(Emit.groupMessages)
    }

    @inline(__always)
    mutating func append(_ customer: CustomerJoin.Customer) throws {
        count &+= 1
        if count <= alreadySent { return }
        Message.write(customer, to: &lines)
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
