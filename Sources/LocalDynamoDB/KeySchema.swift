import JSON

/// The names and types of a table's key attributes.
struct KeySchema: Hashable {
    var partition: String
    var sort: String?
    /// `S`, `N` or `B`, by name.
    var types: [String: String]

    /// Bytes of a key attribute's name, as in DynamoDB.
    private static let nameBytes = 1...255
    /// Bytes of a partition key's value, as in DynamoDB.
    static let partitionBytes = 1...2048
    private static let sortBytes = 1...1024

    /// Reads KeySchema and AttributeDefinitions of a table's description.
    init(_ description: JSON) throws(TableError) {
        var types: [String: String] = [:]
        for definition in description["AttributeDefinitions"]?.array ?? [] {
            guard let name = definition["AttributeName"]?.string, Self.nameBytes ~= name.utf8.count,
                !name.utf8.contains(0), let type = definition["AttributeType"]?.string,
                ["S", "N", "B"].contains(type)
            else { throw .validation("Invalid AttributeDefinitions: \(definition)") }
            types[name] = type
        }
        var names: [String: String] = [:]
        for element in description["KeySchema"]?.array ?? [] {
            guard let name = element["AttributeName"]?.string, types[name] != nil,
                let role = element["KeyType"]?.string, ["HASH", "RANGE"].contains(role),
                names[role] == nil
            else { throw .validation("Invalid KeySchema: \(element)") }
            names[role] = name
        }
        guard let partition = names["HASH"] else {
            throw .validation("Invalid KeySchema: No Hash Key specified in schema")
        }
        self.partition = partition
        sort = names["RANGE"]
        self.types = types
    }

    var names: [String] { [partition] + (sort.map { [$0] } ?? []) }

    /// A key as the database finds it: equal bytes for equal values.
    struct Location: Hashable {
        var partition: [UInt8]
        /// Empty without a sort key.
        var sort: [UInt8]
    }

    /// The key of an item.
    func location(of item: JSONObject) throws(TableError) -> Location {
        Location(
            partition: try bytes(of: partition, in: item),
            sort: try sort.map { name throws(TableError) in try bytes(of: name, in: item) } ?? [])
    }

    /// The key that a request names, which may have the key's attributes only.
    func key(in request: JSON) throws(TableError) -> JSONObject {
        guard let key = try request.optionalObject("Key"), Set(key.names) == Set(names) else {
            throw .validation("The provided key element does not match the schema")
        }
        return try AttributeValue.checked(key)
    }

    func partitionBytes(_ value: AttributeValue) throws(TableError) -> [UInt8] {
        try bytes(of: partition, in: [partition: value.json])
    }

    private func bytes(of name: String, in item: JSONObject) throws(TableError) -> [UInt8] {
        let type = types[name] ?? "S"
        guard let text = item[name]?[type]?.string else {
            throw .validation(
                "One or more parameter values were invalid: "
                    + (item[name] == nil
                        ? "Missing the key \(name) in the item"
                        : "Type mismatch for key \(name) expected: \(type)"))
        }
        let sizes = name == partition ? Self.partitionBytes : Self.sortBytes
        guard sizes ~= text.utf8.count else {
            throw .validation(
                "One or more parameter values are not valid. The value of key attribute \(name) "
                    + "must have from \(sizes.lowerBound) to \(sizes.upperBound) bytes")
        }
        return Array(text.utf8)
    }
}
