import LambdaRuntime

/// The customers of one slice and the sums of their orders.
struct CustomerJoin: ~Copyable {
    /// What comes out of the join for a customer.
    struct Customer {
        /// Valid as long as the customer is looked at.
        var reference: UnsafeRawBufferPointer
        var orders: UInt64
        /// At most ``Amount/maximumDigits``, two behind the point counted.
        var amount: Int128
        /// Of the amount, two at least.
        var scale: Int
    }

    /// A customer whose orders come to more digits than an amount may have.
    struct AmountOutOfRange: Error {
        let reference: String
    }

    struct Entry: BitwiseCopyable {
        var low: UInt64
        var high: UInt64
        /// The reference, where it lies in `texts`.
        var textStart: Int
        var textCount: UInt32
        var orders: UInt64
        /// In the join's scale; what does not fit stands in `wide`.
        var amount: Int128
    }

    private let scale: Int
    private var table = HashIndex()
    private var entries = Column<Entry>()
    private var texts = Column<UInt8>()
    private var wide = WideSums()
    private(set) var customerRows = 0
    private(set) var customersWithOrders = 0
    private(set) var orphanOrders = 0
    private(set) var itemsOfOrphanOrders = 0

    init(scale: Int) { self.scale = scale }

    mutating func removeAll() {
        entries.removeAll()
        texts.removeAll()
        wide.removeAll()
        table.removeAll()
    }

    /// - Parameter layout: of ``PartShape/texts``.
    /// - Throws: ``StepError`` `Sluice.DamagedPart` when a text reaches beyond the rows.
    mutating func takeCustomers(
        _ layout: PartLayout, _ bytes: UnsafeRawBufferPointer
    ) throws(StepError) {
        var rows = TextRows(layout, bytes)
        while let row = try rows.next() {
            customerRows &+= 1
            if find(row.low, row.high) != nil { continue }
            table.insert(row.low, UInt32(truncatingIfNeeded: entries.count)) { entries[$0].low }
            entries.append(
                Entry(
                    low: row.low, high: row.high, textStart: texts.count,
                    textCount: UInt32(truncatingIfNeeded: row.text.count), orders: 0, amount: 0))
            texts.append(contentsOf: row.text.assumingMemoryBound(to: UInt8.self))
        }
    }

    /// - Parameter layout: of ``PartShape/totals``.
    mutating func takePartials(_ layout: PartLayout, _ rows: UnsafeRawBufferPointer) {
        let factor = layout.factor(toScale: scale)
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
            if entries[found].orders == 0 { customersWithOrders &+= 1 }
            entries[found].orders &+= UInt64(row.count(0))
            let (amount, overflow) = row.amount.multipliedReportingOverflow(by: factor)
            let (sum, overflows) = entries[found].amount.addingReportingOverflow(amount)
            if factor > 0, !overflow, !overflows {
                entries[found].amount = sum
            } else {
                wide.add(row.wideAmount, to: found)
            }
        }
    }

    /// All customers, in the order of their first records.
    /// - Throws: ``AmountOutOfRange``; what `body` throws.
    func forEachCustomer(_ body: (Customer) throws -> Void) throws {
        for index in 0..<entries.count {
            let entry = entries[index]
            // In bounds: the text was copied there.
            let reference = UnsafeRawBufferPointer(
                start: texts.start + entry.textStart, count: Int(entry.textCount))
            var customer = Customer(
                reference: reference, orders: entry.orders, amount: entry.amount, scale: scale)
            if !wide.isEmpty || !Amount.isInRange(entry.amount, scale: scale) {
                let sum = WideSum(entry.amount, scale: scale) + wide[index]
                guard let amount = sum.amount else {
                    throw AmountOutOfRange(
                        reference: String(decoding: reference, as: UTF8.self))
                }
                (customer.amount, customer.scale) = (amount.units, amount.scale)
            }
            try body(customer)
        }
    }

    @inline(__always) private func find(_ low: UInt64, _ high: UInt64) -> Int? {
        table.find(low) { entries[$0].low == low && entries[$0].high == high }
    }
}
