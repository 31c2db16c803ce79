import JSON
import LambdaRuntime
import Stores
import Synchronization
import System
import Testing

@testable import Pipeline

/// A table of items in memory that fails at the groups it is told to.
final class MemoryItemTable: ItemTable {
    struct State {
        var items: [String: JSONObject] = [:]
        var groups: [Int] = []
        var mishaps: [Int: Mishap] = [:]
        var isBusy = false
        var wasBusy = false
    }
    let name: String
    let state = Mutex(State())

    init(_ name: String = "customers", _ mishaps: [Int: Mishap] = [:]) {
        self.name = name
        state.withLock { $0.mishaps = mishaps }
    }

    var writesSideBySide: Bool { true }
    var mayBeCreated: Bool { false }
    func describe() throws(StoreError) -> [ItemKeyAttribute]? { nil }
    func create(key: ItemKeyAttribute) throws(StoreError) {}
    func check(_ layout: ItemLayout) throws(StoreError) {}

    /// The rows as items.
    private func items(
        _ rows: UnsafeRawBufferPointer, _ layout: ItemLayout
    ) throws(StoreError) -> [JSONObject] {
        var reader = ItemRowReader(rows, columns: layout.columns.count)
        var values: [Range<Int>?] = []
        var items: [JSONObject] = []
        while try reader.next(&values) {
            items.append(
                JSONObject(
                    zip(layout.columns, values).map { column, range in
                        let text = range.map { String(decoding: rows[$0], as: UTF8.self) } ?? ""
                        return column.type == .number
                            ? (column.name, JSONNumber(text).map { .number($0) } ?? .null)
                            : (column.name, .string(text))
                    }))
        }
        return items
    }

    func write(
        _ rows: UnsafeRawBufferPointer, _ layout: ItemLayout, _ columnSets: ColumnSets?
    ) throws(StoreError) -> ItemCounts {
        let items = try items(rows, layout)
        let order = layout.order
        let (mishap, number) = state.withLock { state in
            state.wasBusy = state.wasBusy || state.isBusy
            state.isBusy = true
            state.groups.append(items.count)
            return (
                state.mishaps.removeValue(forKey: state.groups.count - 1), state.groups.count - 1
            )
        }
        defer { state.withLock { $0.isBusy = false } }
        let taken =
            switch mishap {
            case .before: 0
            case .partly(let count): count
            case nil, .after: items.count
            }
        var counts = ItemCounts()
        for var item in items.prefix(taken) {
            let key = item["customer_reference"]?.string ?? ""
            state.withLock { state in
                let old = (state.items[key] ?? [:]).compactMap { member in
                    member.value.string.map { (member.name, $0) }
                }
                let decision = order?.decide(
                    old: Dictionary(uniqueKeysWithValues: old), key: [layout.key],
                    columns: layout.attributes, known: [:])
                if decision == .superseded {
                    counts.superseded += 1
                } else {
                    #expect(decision == .write)
                    item[order?.attribute ?? ""] = order.map { .string($0.version) }
                    item[order?.setAttribute ?? ""] = order.map { .string($0.version) }
                    state.items[key] = item
                    counts.written += 1
                }
            }
        }
        if mishap != nil {
            throw StoreError(.unavailable, "a mishap at group \(number)", subject: name)
        }
        return counts
    }

    /// The items as their messages.
    var messages: Set<String> {
        Set(
            state.withLock { $0.items.values.map { $0 } }.map { item in
                JSON.object([
                    "type": "customer_message",
                    "customer_reference": item["customer_reference"] ?? .null,
                    "number_of_orders": item["number_of_orders"] ?? .null,
                    "total_amount_spent": item["total_amount_spent"] ?? .null,
                ]).serialized()
            })
    }
}

@Suite struct CustomerItemsTests {
    static func files(_ rows: [(customer: String, amount: String)]) -> [JobInput: String] {
        var orders = "order_id,customer_id,amount\n"
        for (index, row) in rows.enumerated() where !row.amount.isEmpty {
            orders += "o\(index),\(row.customer),\(row.amount)\n"
        }
        if !orders.contains("\no") { orders += "x,nobody,1\n" }
        return [
            .customers: "customer_id,customer_name\n"
                + rows.map { "\($0.customer),n\n" }.joined(),
            .orders: orders, .items: "item_id,order_id\ni1,o1\n",
        ]
    }

    /// A set, ready to be emitted.
    static func ready(
        _ workplace: Workplace, _ rows: [(customer: String, amount: String)], run: Int = 1,
        startTime: String = "2024-01-05T10:00:00.000Z"
    ) throws -> (emit: JSON, driver: JobDriver) {
        var references: [JobInput: ObjectReference] = [:]
        for (kind, text) in files(rows) {
            references[kind] = try workplace.drop("\(kind.name)_1.csv", Array(text.utf8))
        }
        var driver = JobDriver(environment: workplace.environment())
        driver.run = run
        driver.startTime = startTime
        try driver.receive(references)
        return (try #require(try driver.aggregate().first), driver)
    }

    static let many = (0..<2 * CustomerItems.groupItems + 300).map {
        (customer: "C-\($0)", amount: $0 % 3 == 0 ? "" : "\($0).05")
    }

    @Test func `after any mishap another attempt completes exactly the expected items`() throws {
        let workplace = try Workplace()
        var (emit, driver) = try Self.ready(workplace, Self.many)
        let whole = MemoryItemTable()
        driver.environment.customersTable = whole
        try driver.emit(emit)
        let expected = Set(try Workplace.lines(of: workplace.queue))
        #expect(expected.count == Self.many.count)
        #expect(whole.messages == expected)
        let thousand = CustomerItems.groupItems
        #expect(whole.state.withLock { $0.groups } == [thousand, thousand, 300])
        #expect(try driver.summarise()["customerItems"]?.int == expected.count)

        for number in 0..<3 {
            for mishap in [Mishap.before, .after, .partly(1), .partly(299)] {
                let table = MemoryItemTable("customers-\(number)\(mishap)", [number: mishap])
                driver.environment.customersTable = table
                #expect {
                    try driver.emit(emit)
                } throws: {
                    JobDriver.Failure.isUnavailable($0)
                }
                try driver.emit(emit)
                #expect(table.messages == expected, "\(number) \(mishap)")
                // What was there for certain was not written again, the failed group was.
                let groups = table.state.withLock { $0.groups }
                #expect(groups.reduce(0, +) == expected.count + (number == 2 ? 300 : thousand))
                #expect(table.state.withLock { !$0.wasBusy })
            }
        }
        // Nothing is sent twice for it: the queue still holds each message once.
        #expect(try Workplace.lines(of: workplace.queue).count == expected.count)
    }

    @Test func `when the messages fail, the items go on where they were, and another table begins`()
        throws
    {
        let workplace = try Workplace()
        var (emit, driver) = try Self.ready(workplace, Self.many)
        let table = MemoryItemTable()
        driver.environment.customersTable = table
        driver.environment.queue = FlakyQueue(workplace.queue, [0: .partly(10), 1: .before])
        for _ in 0..<2 {
            #expect {
                try driver.emit(emit)
            } throws: {
                JobDriver.Failure.isUnavailable($0)
            }
        }
        try driver.emit(emit)
        let expected = Set(try Workplace.lines(of: workplace.queue))
        #expect(table.messages == expected)
        // The first two groups were under way or written when the queue failed; at most one of them
        // is written again in each further attempt.
        #expect(table.state.withLock { $0.groups.reduce(0, +) } <= expected.count + 2000)
        let other = MemoryItemTable("others")
        driver.environment.customersTable = other
        try driver.emit(emit)
        #expect(other.messages == expected)
    }

    @Test func `a run that was started earlier does not overwrite, however late it writes`() throws
    {
        let workplace = try Workplace()
        let table = MemoryItemTable()
        var (old, oldDriver) = try Self.ready(
            workplace, [("A", "1"), ("B", "2"), ("C", "3")], run: 9,
            startTime: "2024-01-05T10:00:00Z")
        var (new, newDriver) = try Self.ready(
            workplace, [("A", "10.5"), ("B", "")], run: 10, startTime: "2024-01-05T10:00:00.001Z")
        oldDriver.environment.customersTable = table
        newDriver.environment.customersTable = table
        try newDriver.emit(new)
        try oldDriver.emit(old)
        try newDriver.emit(new)
        let items = table.state.withLock { $0.items }
        #expect(items.mapValues { $0["run"]?.int } == ["A": 10, "B": 10, "C": 9])
        // The first digits of SHA-256("20240105-10"), computed elsewhere.
        let hash = "9960b548"
        #expect(
            items["A"]?.map { "\($0.name)=\($0.value.serialized())" } == [
                "customer_reference=\"A\"", "number_of_orders=1", "total_amount_spent=10.50",
                "file_set=\"20240105\"", "run=10", "run_order=\"1704448800001-\(hash)\"",
                "run_order_all=\"1704448800001-\(hash)\"",
            ])
        #expect(items["B"]?["total_amount_spent"] == JSONNumber("0.00").map { .number($0) })
        #expect(try oldDriver.summarise()["newerCustomerItems"] == 2)
        #expect(try newDriver.summarise()["newerCustomerItems"] == 0)
    }

    @Test func `an amount is exact to DynamoDB's 38 digits, and an error beyond`() throws {
        let workplace = try Workplace()
        let table = MemoryItemTable()
        let most = String(repeating: "9", count: 36) + ".99"
        var (emit, driver) = try Self.ready(workplace, [("A", most), ("B", "-" + most)])
        driver.environment.customersTable = table
        try driver.emit(emit)
        let amounts = table.state.withLock { $0.items.mapValues { $0["total_amount_spent"] } }
        #expect(amounts["A"]??.serialized() == most)
        #expect(amounts["B"]??.serialized() == "-" + most)
    }

    @Test func `a sum of more than 38 digits is refused by name`() throws {
        let workplace = try Workplace()
        let most = String(repeating: "9", count: 36) + ".99"
        let files: [JobInput: String] = [
            .customers: "customer_id\nA\n",
            .orders: "order_id,customer_id,amount\n1,A,\(most)\n2,A,0.02\n",
            .items: "item_id,order_id\ni,1\n",
        ]
        var references: [JobInput: ObjectReference] = [:]
        for (kind, text) in files {
            references[kind] = try workplace.drop("\(kind.name)_1.csv", Array(text.utf8))
        }
        var driver = JobDriver(environment: workplace.environment())
        driver.environment.customersTable = MemoryItemTable()
        try driver.receive(references)
        let emit = try #require(try driver.aggregate().first)
        let failure = #expect(throws: JobDriver.Failure.self) { try driver.emit(emit) }
        #expect(failure?.error.errorName == "Sluice.NumberOutOfRange")
    }

    @Test func `without a start the order of runs is unknown, which is an error`() throws {
        let workplace = try Workplace()
        for time in ["", "yesterday", "2024-01-05"] {
            var (emit, driver) = try Self.ready(workplace, [("A", "1")], startTime: time)
            driver.environment.customersTable = MemoryItemTable()
            let failure = #expect(throws: JobDriver.Failure.self) { try driver.emit(emit) }
            #expect(failure?.error.errorName == "Sluice.BadEvent")
            #expect(try Workplace.lines(of: workplace.queue).isEmpty)
        }
    }
}
