import JSON

/// A value as DynamoDB's JSON writes it: `{"S": "text"}`, `{"N": "12.5"}`, `{"L": [{"BOOL": true}]}`.
///
/// Checked when it comes in; numbers are kept in their shortest form.
struct AttributeValue: Hashable {
    let json: JSON

    /// Trusts what the store itself has written.
    init(stored json: JSON) { self.json = json }

    init(_ json: JSON) throws(TableError) {
        guard let object = json.object, object.count == 1, let type = object.names.first,
            let value = object[type]
        else {
            throw .validation(
                "Supplied AttributeValue has more than one datatypes set, "
                    + "must contain exactly one of the supported datatypes")
        }
        switch type {
        case "S", "B":
            guard value.string != nil else { throw Self.wrong(type, value) }
            self.json = json
        case "N":
            guard let text = value.string else { throw Self.wrong(type, value) }
            self.json = ["N": JSON(try Self.number(text).description)]
        case "BOOL", "NULL":
            guard value.bool != nil else { throw Self.wrong(type, value) }
            self.json = json
        case "SS", "NS", "BS":
            var elements: [JSON] = []
            for element in value.array ?? [] {
                let one = try AttributeValue(.object([String(type.prefix(1)): element]))
                elements.append(one.json[String(type.prefix(1))] ?? .null)
            }
            guard !elements.isEmpty, Set(elements).count == elements.count else {
                throw .validation("One or more parameter values were invalid: \(type) \(value)")
            }
            self.json = .object([type: .array(elements)])
        case "L":
            guard let elements = value.array else { throw Self.wrong(type, value) }
            var list: [JSON] = []
            for element in elements { list.append(try AttributeValue(element).json) }
            self.json = .object([type: .array(list)])
        case "M":
            guard let members = value.object else { throw Self.wrong(type, value) }
            self.json = .object([type: .object(try Self.checked(members))])
        default: throw .validation("Supplied AttributeValue has an unknown type: \(type)")
        }
    }

    /// All attributes of an item or map.
    static func checked(_ members: JSONObject) throws(TableError) -> JSONObject {
        var result = JSONObject()
        for (name, value) in members { result[name] = try AttributeValue(value).json }
        return result
    }

    var string: String? { json["S"]?.string }
    var number: DecimalNumber? { json["N"]?.string.flatMap { DecimalNumber($0) } }

    init(_ number: DecimalNumber) throws(TableError) {
        guard number.isStorable else { throw Self.wrong("N", JSON("\(number)")) }
        json = ["N": JSON("\(number)")]
    }

    /// Whether this sorts before the other; nil when they are of types that do not compare.
    func precedes(_ other: AttributeValue) -> Bool? {
        if let a = number, let b = other.number { return a < b }
        for type in ["S", "B"] {
            if let a = json[type]?.string, let b = other.json[type]?.string {
                return a.utf8.lexicographicallyPrecedes(b.utf8)
            }
        }
        return nil
    }

    static func number(_ text: String) throws(TableError) -> DecimalNumber {
        guard let number = DecimalNumber(text) else { throw wrong("N", JSON(text)) }
        return number
    }

    private static func wrong(_ type: String, _ value: JSON) -> TableError {
        .validation(
            "The parameter cannot be converted to a value of type \(type): "
                + value.serialized().prefix(100))
    }
}
