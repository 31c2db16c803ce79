import CSV
import JSON
import LambdaRuntime
import Stores

/// Joins the partial sums with the customers of a range of slices and sends a message for each.
///
/// Messages leave in a fixed order: slice by slice, and in it by the customers' first records. With a
/// table of customers, ``CustomerItems`` are written beside them.
struct Emit {
    let task: StageTask

    /// - Returns: `{messages, …}`.
    func run() throws -> JSONObject {
        let run = task.run
        let environment = run.environment
        let slices = try task.slices()
        let customers = try SealedFile.load(CustomerMessages.customers, of: run)
        var parts: [(name: String, sizeBytes: Int)] = []
        for (index, report) in try task.reports(of: CustomerMessages.aggregate.name).enumerated() {
            let size = try StepInput(json: report).integer("partBytes")
            if size > 0 { parts.append((Aggregate.partialName(index), size)) }
        }
        let partials = try run.storage.openParts(parts, .totals, slices: slices)
        var customerRows = SliceReader(
            try run.storage.openParts(
                customers.parts.map { ($0.name, $0.sizeBytes) }, .texts, slices: slices),
            slices: slices)
        var partialRows = SliceReader(partials, slices: slices)

        var outbox = try Outbox(
            task, environment.resources.queue(CustomerMessages.queue))
        let items = try environment.resources.table(CustomerMessages.table).map {
            try CustomerItems($0, task)
        }
        // Nothing may go on behind an invocation that has failed.
        defer { items?.wait() }
        var join = CustomerJoin(scale: PartLayout.commonScale(of: partials))
        do {
            for slice in slices {
                join.removeAll()
                try customerRows.forEachRun(of: slice) { try join.takeCustomers($0, $1) }
                try partialRows.forEachRun(of: slice) { join.takePartials($0, $1) }
                try join.forEachCustomer { customer in
                    try outbox.append { Message.write(customer, to: &$0) }
                    try items?.append(customer)
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
        environment.record([.messages(outbox.count)])
        return outcome
    }

    private static func outOfRange(
        _ error: CustomerJoin.AmountOutOfRange, _ run: Run
    ) -> StepError {
        let digits =
            "add up to more than \(Amount.maximumDigits) digits, two behind the point counted"
        return StepError(
            errorName: ErrorName.numberOutOfRange,
            cause:
                "\(run.fileSet): the amounts of customer \(JSON.string(error.reference).serialized()) "
                + digits,
            details: ["value": .string(error.reference)],
            publicCause: "\(run.fileSet): the amounts of a customer \(digits)")
    }
}
