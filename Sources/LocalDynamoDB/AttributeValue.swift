import JSON

/// A value as DynamoDB's JSON writes it: `{"S": "text"}`, `{"N": "12.5"}`, `{"L": [{"BOOL": true}]}`.
///
/// Checked when it comes in; numbers are kept in their shortest form.
struct AttributeValue: Hashable {
    /// Levels of lists and maps that a value may have, as in DynamoDB.
    ///
    /// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
    static let maximumLevels = 32
    /// Bytes of an attribute's name.
    static let nameBytes = 1...65_535

    let json: JSON

    /// Trusts what the store itself has written.
    init(stored json: JSON) { self.json = json }

    /// - Throws: `SerializationException` for a JSON type that has no place in such a value, and
    ///   `ValidationException` for a value that may not be.
    init(_ json: JSON) throws(TableError) { try self.init(json, level: 0) }

    private init(_ json: JSON, level: Int) throws(TableError) {
        guard level <= Self.maximumLevels else {
            throw .validation(
                "Nesting Levels have exceeded supported limits: "
                    + "attributes may have \(Self.maximumLevels) levels")
        }
        guard let object = json.object else {
            throw .serialization("An attribute value is a JSON object, not \(Self.excerpt(json))")
        }
        guard object.count == 1, let type = object.names.first, let value = object[type] else {
            throw .validation(
                "Supplied AttributeValue has more than one datatypes set, "
                    + "must contain exactly one of the supported datatypes")
        }
        switch type {
        case "S", "B":
            guard value.string != nil else { throw Self.wrongType(type, value) }
            self.json = json
        case "N":
            guard let text = value.string else { throw Self.wrongType(type, value) }
            self.json = ["N": JSON(try Self.number(text).description)]
        case "BOOL", "NULL":
            guard value.bool != nil else { throw Self.wrongType(type, value) }
            self.json = json
        case "SS", "NS", "BS":
            guard let members = value.array else { throw Self.wrongType(type, value) }
            let element = String(type.prefix(1))
            var elements: [JSON] = []
            for member in members {
                let one = try AttributeValue(.object([element: member]), level: level)
                elements.append(one.json[element] ?? .null)
            }
            guard !elements.isEmpty, Set(elements).count == elements.count else {
                throw .validation(
                    "One or more parameter values were invalid: a set of type \(type) that is "
                        + "empty or has duplicates")
            }
            self.json = .object([type: .array(elements)])
        case "L":
            guard let elements = value.array else { throw Self.wrongType(type, value) }
            var list: [JSON] = []
            for element in elements {
                list.append(try AttributeValue(element, level: level + 1).json)
            }
            self.json = .object([type: .array(list)])
        case "M":
            guard let members = value.object else { throw Self.wrongType(type, value) }
            self.json = .object([type: .object(try Self.checked(members, level: level + 1))])
        default: throw .validation("Supplied AttributeValue has an unknown type: \(type)")
        }
    }

    /// All attributes of an item or map.
    static func checked(_ members: JSONObject) throws(TableError) -> JSONObject {
        try checked(members, level: 0)
    }

    private static func checked(
        _ members: JSONObject, level: Int
    ) throws(TableError) -> JSONObject {
        var result = JSONObject()
        for (name, value) in members {
            guard nameBytes ~= name.utf8.count else {
                throw .validation(
                    "One or more parameter values were invalid: an attribute's name has from "
                        + "\(nameBytes.lowerBound) to \(nameBytes.upperBound) bytes")
            }
            result[name] = try AttributeValue(value, level: level).json
        }
        return result
    }

    var string: String? { json["S"]?.string }
    var number: DecimalNumber? { json["N"]?.string.flatMap { DecimalNumber($0) } }

    init(_ number: DecimalNumber) throws(TableError) {
        guard number.isStorable else { throw Self.notConvertible("N", JSON("\(number)")) }
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
        guard let number = DecimalNumber(text) else { throw notConvertible("N", JSON(text)) }
        return number
    }

    private static func notConvertible(_ type: String, _ value: JSON) -> TableError {
        .validation(
            "The parameter cannot be converted to a value of type \(type): \(excerpt(value))")
    }

    private static func wrongType(_ type: String, _ value: JSON) -> TableError {
        .serialization("\(excerpt(value)) cannot be a value of type \(type)")
    }

    private static func excerpt(_ value: JSON) -> Substring { value.serialized().prefix(100) }
}

extension AttributeValue {
    /// The bytes that DynamoDB counts for an item: names and values.
    ///
    /// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    static func sizeBytes(_ item: JSONObject) -> Int {
        item.reduce(0) { $0 + $1.name.utf8.count + AttributeValue(stored: $1.value).sizeBytes }
    }

    private var sizeBytes: Int {
        guard let object = json.object, let type = object.names.first, let value = object[type]
        else { return 0 }
        switch type {
        case "S": return value.string?.utf8.count ?? 0
        case "N": return Self.numberBytes(digits: value.string?.utf8.count ?? 0)
        case "B": return Self.decodedBytes(value.string ?? "")
        case "SS", "NS", "BS":
            let element = String(type.prefix(1))
            return (value.array ?? []).reduce(0) {
                $0 + AttributeValue(stored: .object([element: $1])).sizeBytes
            }
        case "L":
            return (value.array ?? []).reduce(3) { $0 + 1 + AttributeValue(stored: $1).sizeBytes }
        case "M":
            let members = value.object ?? [:]
            return 3 + members.count + Self.sizeBytes(members)
        default: return 1
        }
    }

    /// About one byte for two digits and one more, and at most what 38 digits with a sign take.
    static func numberBytes(digits: Int) -> Int { min((digits + 1) / 2 + 1, 21) }

    private static func decodedBytes(_ base64: String) -> Int {
        let padding = base64.utf8.suffix(2).count { $0 == UInt8(ascii: "=") }
        return base64.utf8.count / 4 * 3 - min(padding, base64.utf8.count / 4 * 3)
    }
}
