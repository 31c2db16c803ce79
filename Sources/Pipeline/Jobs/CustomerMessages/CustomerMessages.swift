public import CSV
public import JSON
import LambdaRuntime

/// Customers, orders and items in; for every customer a message with what they ordered and spent.
public enum CustomerMessages: Job {
    public static let name = "customer-messages"
    public static let summary = "three CSV files in, one message a customer out"

    static let customers = JobInput(
        "customers", prefixes: ["customers", "customer"], stateName: "Customers")
    static let orders = JobInput("orders", prefixes: ["orders", "order"], stateName: "Orders")
    static let items = JobInput("items", prefixes: ["items", "item"], stateName: "Items")
    public static let inputs = [customers, orders, items]
    public static let intake = Intake.names

    static let customersTable = JobOption(
        "customers-table", .flag, environment: "KEEP_CUSTOMERS_TABLE",
        parameter: "KeepCustomersTable",
        help: "also keep one item for every customer in a table")
    public static let options = [customersTable]

    static let queue = JobResource(
        name, logicalName: "Messages", .queue, environment: "MESSAGES_QUEUE",
        summary: "the messages")
    static let table = JobResource(
        "customers", logicalName: "Customers", .table(key: "customer_reference"),
        environment: "CUSTOMERS_TABLE", when: customersTable,
        summary: "one item for every customer")
    public static let resources = [queue, table]

    static let aggregate = Stage(
        "aggregate", .aggregate, stateName: "AggregateOrders", doing: "joining orders and items",
        done: "orders and items joined")
    static let emit = Stage(
        "emit", .emit, stateName: "EmitMessages", doing: "sending", done: "messages sent",
        counted: "messages", countedNoun: "messages")
    public static let stages = [aggregate, emit]

    public static let outcome = OutcomeWords(
        headline: "{messages:message} from {customers:customer}, {orders:order}, {items:item}",
        oddities: [
            .init("repeatedCustomers", "repeated customer"),
            .init("repeatedOrders", "repeated order"),
            .init("orphanOrders", "order", " of unknown customers"),
            .init("orphanItems", "item", " of unknown orders"),
        ])

    public static func columns(_ header: FileHeader, of run: Run) throws -> JSON {
        try Columns(header).json
    }

    public static func parse(
        _ chunk: Chunk, _ reader: inout ChunkReader, _ intake: inout RecordIntake
    ) throws -> ParsedChunk {
        var rows = try ChunkRows(chunk)
        let report = try reader.read(startsInsideQuotes: chunk.startsInsideQuotes) {
            try rows.take($0, &intake)
        }
        return ParsedChunk(.part(rows.intoPart()), report)
    }

    public static func plan(_ files: [SealedFile], of run: Run) throws -> [[JSONObject]] {
        let columns = try files.map { try Columns($0.plan) }
        guard Set(columns.map(\.dialect)).count == 1 else {
            let list = zip(files, columns).map {
                "\($0.plan.fileName) has the names of the \($1.dialect.rawValue) dialect"
            }
            throw StepError(
                errorName: ErrorName.mixedDialects,
                cause: "the files of set \(run.fileSet) do not go together: "
                    + list.joined(separator: ", "))
        }
        let (customers, orders, items) = (files[0], files[1], files[2])
        // A partial sum has about the size of an order's row.
        return [
            SlicePlan.cut(into: SlicePlan.tasks(bytes: orders.partBytes + items.partBytes)),
            SlicePlan.cut(into: SlicePlan.tasks(bytes: customers.partBytes + orders.partBytes)),
        ]
    }

    public static func work(_ task: StageTask) throws -> JSONObject {
        task.stage == aggregate
            ? try Aggregate(task: task).run() : try Emit(task: task).run()
    }

    public static func summarise(
        _ files: [SealedFile], _ reports: [[JSON]], of run: Run
    ) throws -> (summary: JSONObject, usage: StageUsage) {
        let (aggregate, emit) = (reports[0], reports[1])
        let messages = emit.sum("messages")
        var summary: JSONObject = [
            "messages": JSON(messages), "customers": JSON(messages),
            "customersWithOrders": JSON(emit.sum("customersWithOrders")),
            "repeatedCustomers": JSON(emit.sum("customerRows") - messages),
            "orders": JSON(aggregate.sum("orders")),
            "repeatedOrders": JSON(aggregate.sum("orderRows") - aggregate.sum("orders")),
            "orphanOrders": JSON(emit.sum("orphanOrders")),
            "items": JSON(aggregate.sum("itemRows")),
            "orphanItems": JSON(aggregate.sum("orphanItems")),
            "itemsOfOrphanOrders": JSON(emit.sum("itemsOfOrphanOrders")),
        ]
        if emit.contains(where: { $0["customerItems"] != nil }) {
            summary["customerItems"] = JSON(emit.sum("customerItems"))
            summary["newerCustomerItems"] = JSON(emit.sum("newerCustomerItems"))
        }
        let counts = emit.map { $0["messages"]?.int ?? 0 }
        // Of each part its version, header, index and rows.
        let parts = files.reduce(0) { $0 + $1.chunks.count }
        let usage = StageUsage(
            putRequests: aggregate.count
                + counts.reduce(0) { $0 + Outbox.groups(messages: $1) },
            getRequests: aggregate.count * (2 + 4 * parts)
                + emit.count * (2 + 5 * (parts + aggregate.count)),
            queueRequests: counts.reduce(0) { $0 + Outbox.queueRequests(messages: $1) },
            tableWrites: emit.sum("customerItems"))
        return (summary, usage)
    }
}
