import JSON
import LambdaRuntime
import Stores

/// Joins orders with items, by order, for a range of slices, and files the sums by customer.
///
/// Writes a part of partial sums, slices by customer: key = customer, amount, counts = (orders, items).
struct Aggregate {
    let task: StageTask

    static func partialName(_ index: Int) -> String {
        "partials/\(RunStorage.number(index)).part"
    }

    /// - Returns: `{orders, orphanItems, …}`.
    func run() throws -> JSONObject {
        let run = task.run
        let slices = try task.slices()
        let orders = try SealedFile.load(CustomerMessages.orders, of: run)
        let items = try SealedFile.load(CustomerMessages.items, of: run)
        let sumsItems = try Columns(items.plan).amount != nil
        var orderRows = SliceReader(
            try run.storage.openParts(
                orders.parts.map { ($0.name, $0.sizeBytes) }, slices: slices), slices: slices)
        var itemRows = SliceReader(
            try run.storage.openParts(
                items.parts.map { ($0.name, $0.sizeBytes) }, slices: slices), slices: slices)

        var layout = PartLayout()
        layout.amountBytes = 8
        layout.amountScale = max(2, (sumsItems ? items : orders).amountScale)
        layout.countsPerRow = 2
        var part = PartBuilder(layout, sumsRows: true)
        var join = OrderJoin(scale: layout.amountScale, sumsItems: sumsItems)
        do {
            for slice in slices {
                join.removeAll()
                try orderRows.forEachRun(of: slice) { try join.takeOrders($0, $1) }
                try itemRows.forEachRun(of: slice) { try join.takeItems($0, $1) }
                try join.forEachOrder {
                    try part.append(
                        $0.customer, amount: $0.amount, scale: layout.amountScale,
                        counts: (1, $0.items))
                }
            }
        } catch Amount.Failure.outOfRange {
            throw StepError(
                errorName: ErrorName.numberOutOfRange,
                cause:
                    "\(run.fileSet): a sum of amounts has more than \(Amount.maximumDigits) digits")
        }
        let bytes = try run.storage.put(Self.partialName(task.index), &part)
        return [
            "partBytes": JSON(bytes), "rows": JSON(part.rowCount),
            "amountScale": JSON(part.layout.amountScale), "orderRows": JSON(join.orderRows),
            "orders": JSON(join.orders), "itemRows": JSON(join.items),
            "orphanItems": JSON(join.orphanItems),
        ]
    }
}

extension SealedFile {
    /// The largest scale of its amounts.
    var amountScale: Int { chunks.map { $0.counts["amountScale"]?.int ?? 0 }.max() ?? 0 }
}
