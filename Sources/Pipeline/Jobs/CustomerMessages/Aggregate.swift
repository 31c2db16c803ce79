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
        let orderParts = try run.storage.openParts(
            orders.parts.map { ($0.name, $0.sizeBytes) }, .references, slices: slices)
        let itemParts = try run.storage.openParts(
            items.parts.map { ($0.name, $0.sizeBytes) }, .sums, slices: slices)
        var orderRows = SliceReader(orderParts, slices: slices)
        var itemRows = SliceReader(itemParts, slices: slices)

        var layout = PartLayout()
        layout.amountBytes = 8
        layout.amountScale = PartLayout.commonScale(of: sumsItems ? itemParts : orderParts)
        layout.countsPerRow = 2
        var part = PartBuilder(layout, sumsRows: true)
        var join = OrderJoin(scale: layout.amountScale, sumsItems: sumsItems)
        for slice in slices {
            join.removeAll()
            try orderRows.forEachRun(of: slice) { try join.takeOrders($0, $1) }
            try itemRows.forEachRun(of: slice) { join.takeItems($0, $1) }
            join.addOrders(to: &part)
        }
        let bytes = try run.storage.put(Self.partialName(task.index), &part)
        return [
            "partBytes": JSON(bytes), "rows": JSON(part.rowCount),
            "orderRows": JSON(join.orderRows),
            "orders": JSON(join.orders), "itemRows": JSON(join.items),
            "orphanItems": JSON(join.orphanItems),
        ]
    }
}
