import JSON

@testable import Pipeline

/// A file set as a partner means it: records of texts, before they become CSV.
struct MeantSet {
    var dialect: NameDialect
    /// Keys of customers, in file order.
    var customers: [String] = []
    /// Orders: key, customer, amount (in the id dialect).
    var orders: [(key: String, customer: String, amount: String)] = []
    /// Items: key of the order, price; nil in a set without prices.
    var items: [(order: String, price: String?)] = []

    /// What must come of it, told by dictionaries and decimals of any length.
    func expected() -> (messages: [String], counts: [String: Int]) {
        // Keys are compared by their bytes: a String takes é and e + accent for the same.
        func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
        var order: [[UInt8]: (customer: [UInt8], amount: BigDecimal)] = [:]
        for record in orders {
            order[bytes(record.key)] = (
                bytes(record.customer), BigDecimal(record.amount) ?? .zero
            )
        }
        let hasPrices = items.contains { $0.price != nil }
        if hasPrices { for key in order.keys { order[key]!.amount = .zero } }
        let known = Set(customers.map(bytes))
        var orphanItems = 0
        var itemsOfOrphanOrders = 0
        for item in items {
            guard let found = order[bytes(item.order)] else {
                orphanItems += 1
                continue
            }
            if !known.contains(found.customer) { itemsOfOrphanOrders += 1 }
            if let price = item.price {
                order[bytes(item.order)]!.amount = found.amount + BigDecimal(price)!
            }
        }
        var sums: [[UInt8]: (orders: Int, amount: BigDecimal)] = [:]
        for (customer, amount) in order.values {
            let sum = sums[customer] ?? (0, .zero)
            sums[customer] = (sum.orders + 1, sum.amount + amount)
        }
        var messages: [String] = []
        var seen: Set<[UInt8]> = []
        for customer in customers where seen.insert(bytes(customer)).inserted {
            let sum = sums[bytes(customer)] ?? (0, .zero)
            messages.append(
                "{\"type\":\"customer_message\",\"customer_reference\":\(Self.escaped(customer)),"
                    + "\"number_of_orders\":\(sum.orders),"
                    + "\"total_amount_spent\":\(sum.amount.money)}")
        }
        return (
            messages,
            [
                "messages": messages.count, "customers": messages.count,
                "customersWithOrders": sums.keys.filter(known.contains).count,
                "repeatedCustomers": customers.count - messages.count, "orders": order.count,
                "repeatedOrders": orders.count - order.count,
                "orphanOrders": order.values.filter { !known.contains($0.customer) }.count,
                "items": items.count, "orphanItems": orphanItems,
                "itemsOfOrphanOrders": itemsOfOrphanOrders, "rejects": 0,
            ]
        )
    }

    private static func escaped(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0}"..."\u{F}": result += "\\u000" + String(scalar.value, radix: 16)
            case "\u{10}"..."\u{1F}", "\u{7F}":
                result += "\\u00" + String(scalar.value, radix: 16)
            case "\u{FFFE}", "\u{FFFF}": result += "\\u" + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

/// How one file is written down: everything that RFC 4180 and practice leave open.
struct CSVWriter {
    var delimiter: UInt8 = UInt8(ascii: ",")
    var random: SplitMix

    mutating func file(columns: [String], records: [[String]], extra: Int) -> [UInt8] {
        var columns = columns
        var values = records
        for index in 0..<extra {
            columns.append("note \(index)")
            for record in values.indices { values[record].append(note()) }
        }
        var order = Array(columns.indices)
        order.shuffle(using: &random)
        let lineEnds = random.pick([["\n"], ["\r\n"], ["\n", "\r\n"], ["\n", "\n\n", "\r\n\r\n"]])
        let quotes = random.pick([0, 1, 3])
        var text = random.one(in: 3) ? "\u{FEFF}" : ""
        let rows = [columns] + values
        for (index, row) in rows.enumerated() {
            let fields = order.map { field(row[$0], quotes: quotes, isAlone: order.count == 1) }
            text += fields.joined(separator: String(UnicodeScalar(delimiter)))
            if index < rows.count - 1 || random.one(in: 2) { text += random.pick(lineEnds) }
        }
        return Array(text.utf8)
    }

    private mutating func field(_ value: String, quotes: Int, isAlone: Bool) -> String {
        let bytes = value.utf8
        let must =
            bytes.contains(delimiter) || bytes.contains(UInt8(ascii: "\""))
            || bytes.contains(0x0A) || bytes.contains(0x0D) || isAlone && bytes.isEmpty
        guard must || quotes > 0 && random.one(in: quotes) else { return value }
        var result = "\""
        for scalar in value.unicodeScalars {
            if scalar == "\"" { result += "\"" }
            result.unicodeScalars.append(scalar)
        }
        return result + "\""
    }

    private mutating func note() -> String {
        random.pick([
            "", "x", "a,b", "line\nline", "\"", "C1,O1,5\r\nC1,O2,6\r\n", "é😀", "\",\"\n\",\"",
            ";|\t",
            "\n", "0",
        ])
    }
}

extension MeantSet {
    private static let keys = [
        "C1", "c1", " C1", "C1 ", "005", "5", "C,1", "C\"1\"", "\"", "C\n1", "C\r\n1", "C;|\t1",
        "é",
        "e\u{301}", "日本", "😀", "\u{1}\u{7F}", "\u{FFFE}", "\\",
        "a-rather-long-key-of-32-bytes-here",
        String(repeating: "k", count: 70),
    ]

    /// A random set; small, so that it can be cut into chunks of one byte.
    static func random(seed: UInt64, records: Int) -> MeantSet {
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

    /// The three files, by kind.
    func files(seed: UInt64, delimiter: UInt8) -> [FileKind: [UInt8]] {
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
        return [.customers: customers, .orders: orders, .items: items]
    }
}
