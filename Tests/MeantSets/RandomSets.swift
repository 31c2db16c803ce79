extension MeantSet {
    private static let keys = [
        "C1", "c1", " C1", "C1 ", "005", "5", "C,1", "C\"1\"", "\"", "C\n1", "C\r\n1", "C;|\t1",
        "é",
        "e\u{301}", "日本", "😀", "\u{1}\u{7F}", "\u{FFFE}", "\\",
        "a-rather-long-key-of-32-bytes-here",
        String(repeating: "k", count: 70),
    ]

    /// A random set; small, so that it can be cut into chunks of one byte.
    public static func random(seed: UInt64, records: Int) -> MeantSet {
        var random = SplitMix(seed: seed)
        var set = MeantSet(dialect: random.one(in: 2) ? .id : .reference)
        let hasPrices = set.dialect == .reference || random.one(in: 3)
        let scales = random.pick([0, 2, 8])
        let orderKeys = (0..<max(1, records)).map { "O\($0)" } + keys
        for _ in 0..<1 + random.next(below: records) {
            set.customers.append(random.pick(keys))
        }
        for _ in 0..<1 + random.next(below: records) {
            set.orders.append(
                (
                    random.pick(orderKeys), random.one(in: 9) ? "" : random.pick(keys),
                    amount(&random, scales)
                ))
        }
        for _ in 0..<1 + random.next(below: 2 * records) {
            let order =
                random.one(in: 5)
                ? "nobody's" : random.one(in: 20) ? "" : random.pick(set.orders).key
            set.items.append((order, hasPrices ? amount(&random, scales) : nil))
        }
        return set
    }

    private static func amount(_ random: inout SplitMix, _ scales: Int) -> String {
        func digits(_ count: Int) -> String {
            (0..<count).map { _ in String(random.next(below: 10)) }.joined()
        }
        if random.one(in: 12) {
            return random.pick(["0", "-0", "0.000", "+1", ".5", "5.", "-.5", "007.10", "00"])
        }
        let whole = digits(
            random.one(in: 10) ? 20 + random.next(below: 9) : 1 + random.next(below: 4))
        let sign = random.pick(["", "", "", "-", "+"])
        let behind = scales == 0 ? 0 : random.next(below: scales + 1)
        return sign + whole + (behind == 0 ? "" : "." + digits(behind))
    }

    /// The three files, by the beginning of their names: customers, orders, items.
    public func files(
        seed: UInt64, delimiter: UInt8 = UInt8(ascii: ",")
    ) -> [String: [UInt8]] {
        var writer = CSVWriter(delimiter: delimiter, random: SplitMix(seed: seed ^ 0xF11E))
        let isReference = dialect == .reference
        let extra = Int(seed % 3)
        let customers = writer.file(
            columns: [isReference ? "customer_reference" : "customer_id"],
            records: self.customers.map { [$0] }, extra: extra)
        let orders = writer.file(
            columns: isReference
                ? ["order_reference", "customer_reference"]
                : ["order_id", "customer_id", "amount"],
            records: self.orders.map {
                isReference ? [$0.key, $0.customer] : [$0.key, $0.customer, $0.amount]
            }, extra: extra)
        let hasPrices = items.contains { $0.price != nil }
        let items = writer.file(
            columns: [isReference ? "order_reference" : "order_id"]
                + (hasPrices ? ["total_price"] : []),
            records: self.items.map { [$0.order] + ($0.price.map { [$0] } ?? []) }, extra: extra)
        return ["customers": customers, "orders": orders, "items": items]
    }
}
