import JSON
import LambdaRuntime

/// Which names the columns go by, detected from the header.
enum NameDialect: String, Sendable, Hashable, CaseIterable {
    case reference, id

    /// The columns a file must have: its key first, then what it refers to, then its amount.
    func requiredColumns(_ input: JobInput) -> [String] {
        switch (self, input) {
        case (.reference, CustomerMessages.customers): ["customer_reference"]
        case (.reference, CustomerMessages.orders): ["order_reference", "customer_reference"]
        case (.reference, _): ["order_reference", "total_price"]
        case (.id, CustomerMessages.customers): ["customer_id"]
        case (.id, CustomerMessages.orders): ["order_id", "customer_id", "amount"]
        case (.id, _): ["order_id"]
        }
    }
}

/// Where the columns that matter stand in one file.
struct Columns: Sendable, Hashable {
    var dialect: NameDialect
    /// What the file's rows are filed under: customers and orders by themselves, items by their order.
    var key: Int
    /// The customer of an order; nil in other files.
    var customer: Int?
    /// `total_price` of items, `amount` of orders; nil when there is none.
    var amount: Int?

    /// - Throws: ``StepError`` `Sluice.MissingColumn` or `Sluice.DuplicateColumn`.
    init(_ header: FileHeader) throws(StepError) {
        let input = header.input
        func missing(_ dialect: NameDialect) -> [String] {
            dialect.requiredColumns(input).filter { !header.names.contains($0) }
        }
        // The dialect whose columns are there; if neither, the one of which more are.
        let dialects = NameDialect.allCases
        let best =
            dialects.first { missing($0).isEmpty }
            ?? dialects.max {
                $0.requiredColumns(input).count - missing($0).count
                    < $1.requiredColumns(input).count - missing($1).count
            } ?? .reference
        if let column = missing(best).first {
            let wanted = dialects.map { $0.requiredColumns(input).joined(separator: ", ") }
            throw header.missing(column, wanted: wanted.joined(separator: ", or "))
        }
        dialect = best
        var required: [Int] = []
        for name in best.requiredColumns(input) { required.append(try header.column(name) ?? 0) }
        key = required[0]
        switch input {
        case CustomerMessages.customers: (customer, amount) = (nil, nil)
        case CustomerMessages.orders:
            customer = required[1]
            amount = best == .id ? required[2] : nil
        default:
            customer = nil
            amount = try header.column("total_price")
        }
    }

    var json: JSON {
        var object: JSONObject = ["dialect": .string(dialect.rawValue), "key": JSON(key)]
        object["customer"] = customer.map { JSON($0) }
        object["amount"] = amount.map { JSON($0) }
        return .object(object)
    }

    init(_ plan: FilePlan) throws(StepError) {
        let input = StepInput(json: plan.columns)
        guard let dialect = NameDialect(rawValue: try input.text("dialect")) else {
            throw StepError(
                errorName: ErrorName.badEvent, cause: "an unknown dialect of names")
        }
        self.dialect = dialect
        key = try input.integer("key")
        customer = input.json["customer"]?.int
        amount = input.json["amount"]?.int
    }
}
