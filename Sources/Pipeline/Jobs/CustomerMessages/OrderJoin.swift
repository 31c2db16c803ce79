/// The orders of one slice and the sums of their items.
///
/// A slice is small (a 4,096th of the file), so its table stays in the processor's first caches.
struct OrderJoin: ~Copyable {
    struct Order: BitwiseCopyable {
        var low: UInt64
        var high: UInt64
        var customer: KeyHash
        var items: UInt32
        var amount: Int128
    }

    /// Scale of all amounts that come out.
    private let scale: Int
    /// Whether an order is worth what its items cost, or what it says itself.
    private let sumsItems: Bool
    private var table = HashIndex()
    private var entries = Column<Order>()
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
        table.removeAll()
    }

    /// Rows in file order: the last one of an order wins.
    mutating func takeOrders(
        _ layout: PartLayout, _ rows: UnsafeRawBufferPointer
    ) throws(Amount.Failure) {
        // What orders say themselves may have any scale when it is not asked for.
        let factor = sumsItems ? 1 : try Self.factor(from: layout, to: scale)
        for at in stride(from: 0, to: rows.count, by: layout.fixedRowBytes) {
            let row = PartRow(bytes: rows.baseAddress! + at, layout: layout)
            let (low, high) = (row.low, row.high)
            let customer = KeyHash(low: row.secondLow, high: row.secondHigh, slice: row.secondSlice)
            let (amount, overflow) =
                sumsItems ? (0, false) : row.amount.multipliedReportingOverflow(by: factor)
            if overflow { throw .outOfRange }
            orderRows &+= 1
            if let found = find(low, high) {
                entries[found].customer = customer
                entries[found].amount = amount
            } else {
                table.insert(low, UInt32(truncatingIfNeeded: entries.count)) { entries[$0].low }
                entries.append(
                    Order(low: low, high: high, customer: customer, items: 0, amount: amount))
            }
        }
    }

    mutating func takeItems(
        _ layout: PartLayout, _ rows: UnsafeRawBufferPointer
    ) throws(Amount.Failure) {
        let factor = try Self.factor(from: layout, to: scale)
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
            if overflow || overflows { throw .outOfRange }
            entries[found].amount = sum
        }
    }

    /// All orders, in the order of their first rows.
    func forEachOrder(_ body: (Order) throws -> Void) rethrows {
        for index in 0..<entries.count { try body(entries[index]) }
    }

    @inline(__always) private func find(_ low: UInt64, _ high: UInt64) -> Int? {
        table.find(low) { entries[$0].low == low && entries[$0].high == high }
    }

    /// What amounts of a part are multiplied with to have the scale.
    private static func factor(
        from layout: PartLayout, to scale: Int
    ) throws(Amount.Failure) -> Int128 {
        if layout.amountBytes == 0 { return 1 }
        guard layout.amountScale <= scale else { throw .outOfRange }
        return Amount.powersOfTen[scale - layout.amountScale]
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
