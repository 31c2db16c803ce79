import LambdaRuntime

/// The customers of one slice and the sums of their orders.
struct CustomerJoin: ~Copyable {
    struct Customer: BitwiseCopyable {
        var low: UInt64
        var high: UInt64
        /// The reference, where it lies in the rows.
        var reference: UnsafeRawBufferPointer
        var orders: UInt64
        var amount: Int128
    }

    private let scale: Int
    private var table = HashIndex()
    private var entries = Column<Customer>()
    private(set) var customerRows = 0
    private(set) var customersWithOrders = 0
    private(set) var orphanOrders = 0
    private(set) var itemsOfOrphanOrders = 0

    init(scale: Int) { self.scale = scale }

    mutating func removeAll() {
        entries.removeAll()
        table.removeAll()
    }

    /// The rows must stay where they are until ``removeAll()``.
    /// - Throws: ``StepError`` `Sluice.DamagedPart` when a text reaches beyond the rows.
    mutating func takeCustomers(
        _ layout: PartLayout, _ rows: UnsafeRawBufferPointer
    ) throws(StepError) {
        var at = 0
        while at < rows.count {
            let row = PartRow(bytes: rows.baseAddress! + at, layout: layout)
            at += layout.fixedRowBytes
            // PartReader cannot know where rows with texts end; both bounds are checked here.
            guard at <= rows.count, at + row.text.count <= rows.count else {
                throw StepError(
                    errorName: ErrorName.damagedPart,
                    cause: "a customer's row reaches beyond its slice")
            }
            let text = row.text
            at += text.count
            customerRows &+= 1
            let (low, high) = (row.low, row.high)
            if find(low, high) != nil { continue }
            table.insert(low, UInt32(truncatingIfNeeded: entries.count)) { entries[$0].low }
            entries.append(
                Customer(low: low, high: high, reference: text, orders: 0, amount: 0))
        }
    }

    mutating func takePartials(
        _ layout: PartLayout, _ rows: UnsafeRawBufferPointer
    ) throws(Amount.Failure) {
        guard layout.amountScale <= scale else { throw .outOfRange }
        let factor = Amount.powersOfTen[scale - layout.amountScale]
        let width = layout.fixedRowBytes
        var at = 0
        while at < rows.count {
            let row = PartRow(bytes: rows.baseAddress! + at, layout: layout)
            at &+= width
            guard let found = find(row.low, row.high) else {
                orphanOrders &+= Int(row.count(0))
                itemsOfOrphanOrders &+= Int(row.count(1))
                continue
            }
            let (amount, overflow) = row.amount.multipliedReportingOverflow(by: factor)
            let (sum, overflows) = entries[found].amount.addingReportingOverflow(amount)
            if overflow || overflows { throw .outOfRange }
            if entries[found].orders == 0 { customersWithOrders &+= 1 }
            entries[found].orders &+= UInt64(row.count(0))
            entries[found].amount = sum
        }
    }

    /// All customers, in the order of their first records.
    func forEachCustomer(_ body: (Customer) throws -> Void) rethrows {
        for index in 0..<entries.count { try body(entries[index]) }
    }

    @inline(__always) private func find(_ low: UInt64, _ high: UInt64) -> Int? {
        table.find(low) { entries[$0].low == low && entries[$0].high == high }
    }
}
