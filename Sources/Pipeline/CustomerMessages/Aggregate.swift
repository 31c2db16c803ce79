public import JSON
import Stores

/// Joins orders with items, by order, for a range of slices, and files the sums by customer.
///
/// In: an item of the manifest that `seal` wrote. Writes a part of partial sums, slices by customer:
/// key = customer, amount, counts = (orders, items). Out: `{orders, orphanItems, ...}`.
public struct Aggregate: Sendable {
    let environment: StepEnvironment

    public init(_ environment: StepEnvironment) { self.environment = environment }

    public func handle(_ event: JSON) throws -> JSON {
        let usage = Usage(environment)
        let input = StepInput(json: event)
        let run = try Run(input, environment)
        let task = try SliceTask(input)
        let orders = try SealedFile(StepInput(json: run.storage.get("sealed/orders.json")))
        let items = try SealedFile(StepInput(json: run.storage.get("sealed/items.json")))
        let orderParts = try run.storage.openParts(
            orders.parts.map { ($0.name, $0.sizeBytes) }, .references, slices: task.slices)
        let itemParts = try run.storage.openParts(
            items.parts.map { ($0.name, $0.sizeBytes) }, .sums, slices: task.slices)
        var orderRows = SliceReader(orderParts, slices: task.slices)
        var itemRows = SliceReader(itemParts, slices: task.slices)

        var layout = PartLayout()
        layout.amountBytes = 8
        layout.amountScale = PartLayout.commonScale(of: items.hasAmount ? itemParts : orderParts)
        layout.countsPerRow = 2
        var part = PartBuilder(layout, sumsRows: true)
        var join = OrderJoin(scale: layout.amountScale, sumsItems: items.hasAmount)
        for slice in task.slices {
            join.removeAll()
            try orderRows.forEachRun(of: slice) { try join.takeOrders($0, $1) }
            try itemRows.forEachRun(of: slice) { join.takeItems($0, $1) }
            join.addOrders(to: &part)
        }
        let bytes = try run.storage.put(task.partialName, &part)
        let outcome: JSON = [
            "partBytes": JSON(bytes), "rows": JSON(part.rowCount),
            "amountScale": JSON(part.amountScale), "orderRows": JSON(join.orderRows),
            "orders": JSON(join.orders), "itemRows": JSON(join.items),
            "orphanItems": JSON(join.orphanItems),
        ]
        try run.storage.put(
            "reports/aggregate/\(RunStorage.number(task.index)).json", usage.adding(to: outcome))
        environment.log("aggregated", ["task": JSON(task.index), "orders": JSON(join.orders)])
        return outcome
    }
}

/// A task of the join: which slices are its own.
struct SliceTask {
    let index: Int
    let slices: Range<Int>
    /// How many tasks `aggregate` has.
    let aggregateTasks: Int

    init(_ input: StepInput) throws(StepError) {
        index = try input.integer("index")
        aggregateTasks = try input.integer("aggregateTasks")
        let from = try input.integer("fromSlice")
        let to = try input.integer("toSlice")
        guard 0 <= from, from <= to, to <= KeyHasher.sliceCount else {
            throw StepError(errorName: "Sluice.BadEvent", cause: "slices that do not exist")
        }
        slices = from..<to
    }

    var partialName: String { Self.partialName(index) }
    static func partialName(_ index: Int) -> String {
        "partials/\(RunStorage.number(index)).part"
    }
}
