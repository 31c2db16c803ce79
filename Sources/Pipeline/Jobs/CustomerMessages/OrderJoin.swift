import LambdaRuntime
import Stores

/// The orders of one slice and the sums of their items.
///
/// A slice is small (a 4,096th of the file), so its table stays in the processor's first caches.
struct OrderJoin: ~Copyable {
    struct Order: BitwiseCopyable {
        var low: UInt64
        var high: UInt64
        var customer: KeyHash
        var items: UInt32
        /// In the join's scale; what does not fit stands in its ``WideSums``.
        var amount: Int128
    }

    /// Scale of the amounts in orders: that of the parts, so that few are multiplied.
    private let scale: Int
    /// Whether an order is worth what its items cost, or what it says itself.
    private let sumsItems: Bool
    private var table = HashIndex()
    private var entries = Column<Order>()
    private var wide = WideSums()
    private(set) var orderRows = 0
    private var ordersOfSlicesBefore = 0
    private(set) var items = 0
    private(set) var orphanItems = 0

    init(scale: Int, sumsItems: Bool) {
        self.scale = scale
        self.sumsItems = sumsItems
    }

    /// Orders of all slices so far.
    var orders: Int { ordersOfSlicesBefore + entries.count }

    /// Makes room for the next slice.
    mutating func removeAll() {
        ordersOfSlicesBefore += entries.count
        entries.removeAll()
        wide.removeAll()
        table.removeAll()
    }

    /// Rows in file order: the last one of an order wins.
    /// - Parameter layout: of ``PartShape/references``.
    /// - Throws: ``StepError`` `Sluice.DamagedPart` when a customer belongs to no slice.
    mutating func takeOrders(
        _ layout: PartLayout, _ rows: UnsafeRawBufferPointer
    ) throws(StepError) {
        let factor = layout.factor(toScale: scale)
        var allSlices: UInt16 = 0
        for at in stride(from: 0, to: rows.count, by: layout.fixedRowBytes) {
            let row = PartRow(bytes: rows.baseAddress! + at, layout: layout)
            let (low, high) = (row.low, row.high)
            let customer = KeyHash(low: row.secondLow, high: row.secondHigh, slice: row.secondSlice)
            allSlices |= customer.slice
            orderRows &+= 1
            let entry: Int
            if let found = find(low, high) {
                entry = found
                entries[found].customer = customer
            } else {
                entry = entries.count
                table.insert(low, UInt32(truncatingIfNeeded: entry)) { entries[$0].low }
                entries.append(
                    Order(low: low, high: high, customer: customer, items: 0, amount: 0))
            }
            // What orders say themselves is not asked for when items have prices.
            if sumsItems { continue }
            let (amount, overflow) = row.amount.multipliedReportingOverflow(by: factor)
            if factor > 0, !overflow {
                entries[entry].amount = amount
                if !wide.isEmpty { wide.clear(entry) }
            } else {
                entries[entry].amount = 0
                wide.clear(entry)
                wide.add(row.wideAmount, to: entry)
            }
        }
        // Slices are a power of two: one that does not exist has a bit that none of the others has.
        guard allSlices < KeyHasher.sliceCount else {
            throw StepError(
                errorName: ErrorName.damagedPart, cause: "an order's customer has no slice")
        }
    }

    /// - Parameter layout: of ``PartShape/sums``.
    mutating func takeItems(_ layout: PartLayout, _ rows: UnsafeRawBufferPointer) {
        let factor = layout.factor(toScale: scale)
        let width = layout.fixedRowBytes
        var at = 0
        while at < rows.count {
            let row = PartRow(bytes: rows.baseAddress! + at, layout: layout)
            at &+= width
            let count = row.count(0)
            items &+= Int(count)
            guard let found = find(row.low, row.high) else {
                orphanItems &+= Int(count)
                continue
            }
            entries[found].items &+= count
            guard sumsItems else { continue }
            let (amount, overflow) = row.amount.multipliedReportingOverflow(by: factor)
            let (sum, overflows) = entries[found].amount.addingReportingOverflow(amount)
            if factor > 0, !overflow, !overflows {
                entries[found].amount = sum
            } else {
                wide.add(row.wideAmount, to: found)
            }
        }
    }

    /// Adds all orders to the sums of their customers, in the order of their first rows.
    /// - Parameter part: of ``PartShape/totals``: amount, orders, items.
    func addOrders(to part: inout PartBuilder) {
        for index in 0..<entries.count {
            let order = entries[index]
            if wide.isEmpty {
                part.append(
                    order.customer, amount: order.amount, scale: scale, counts: (1, order.items))
            } else {
                part.append(
                    order.customer, sum: WideSum(order.amount, scale: scale) + wide[index],
                    counts: (1, order.items))
            }
        }
    }

    @inline(__always) private func find(_ low: UInt64, _ high: UInt64) -> Int? {
        table.find(low) { entries[$0].low == low && entries[$0].high == high }
    }
}

extension PartLayout {
    /// What amounts of the part are multiplied with to have that scale; 0 when they are wide or have a larger
    /// scale, and then each is taken by ``PartRow/wideAmount``.
    func factor(toScale scale: Int) -> Int128 {
        if amountBytes == 0 { return 1 }
        if amountBytes == WideSum.byteCount || amountScale > scale { return 0 }
        return Amount.powersOfTen[scale - amountScale]
    }

    /// The scale that suits the amounts of most parts: the largest of those that are not wide.
    static func commonScale(of parts: [PartReader]) -> Int {
        parts.reduce(Amount.minimumScale) { scale, part in
            part.layout.amountBytes == WideSum.byteCount
                ? scale : max(scale, part.layout.amountScale)
        }
    }
}

/// Finds entries of a list by a hash; open addressing with linear probing, at most half full.
struct HashIndex: ~Copyable {
    private var slots = Column<UInt32>()
    private var mask = 0
    private var used = 0
    private static let free = UInt32.max

    init() { resize(to: 1024) }

    mutating func removeAll() {
        used = 0
        slots.fill(Self.free, count: mask + 1)
    }

    /// The index of the entry for which `isEqual` holds, among those of that hash.
    @inline(__always)
    func find(_ hash: UInt64, _ isEqual: (Int) -> Bool) -> Int? {
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let entry = slots[slot]
            if entry == Self.free { return nil }
            if isEqual(Int(entry)) { return Int(entry) }
            slot = (slot &+ 1) & mask
        }
    }

    /// Adds an entry that is not there yet.
    /// - Parameter hashOf: the hash of any entry, for when the index grows.
    @inline(__always)
    mutating func insert(_ hash: UInt64, _ entry: UInt32, _ hashOf: (Int) -> UInt64) {
        if used &* 2 > mask { grow(hashOf) }
        place(hash, entry)
        used &+= 1
    }

    @inline(__always)
    private mutating func place(_ hash: UInt64, _ entry: UInt32) {
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != Self.free { slot = (slot &+ 1) & mask }
        slots[slot] = entry
    }

    private mutating func grow(_ hashOf: (Int) -> UInt64) {
        resize(to: (mask + 1) * 2)
        for entry in 0..<used { place(hashOf(entry), UInt32(entry)) }
    }

    private mutating func resize(to count: Int) {
        mask = count - 1
        slots.fill(Self.free, count: count)
    }
}
