/// A file set as a partner means it: records of texts, before they become CSV.
///
/// It shares neither code nor idea with Sluice, so that the tests of any module may hold it against that.
public struct MeantSet: Sendable {
    /// Which names the columns go by: `order_reference` … or `order_id` ….
    enum Dialect { case reference, id }

    var dialect: Dialect
    /// Keys of customers, in file order.
    var customers: [String] = []
    /// Orders: key, customer, amount (in the id dialect).
    var orders: [(key: String, customer: String, amount: String)] = []
    /// Items: key of the order, price; nil in a set without prices.
    var items: [(order: String, price: String?)] = []

    /// What must come of it, told by dictionaries and decimals of any length.
    public func expected() -> (messages: [String], counts: [String: Int]) {
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
