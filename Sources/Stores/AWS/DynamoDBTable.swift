public import AWSClient
public import JSON

/// A table in DynamoDB, or in what the engine serves in its place, with the key attributes `pk` and
/// `sk`, both strings.
///
/// An update whose answer was lost is tried again and then finds its own work; the item that comes
/// back shows it.
public struct DynamoDBTable: Table {
    public let name: String
    private let dynamoDB: DynamoDB

    public init(name: String, _ client: AWSClient = AWSClient()) {
        self.name = name
        dynamoDB = DynamoDB(client)
    }

    public func getItem(key: TableKey) throws(StoreError) -> JSONObject? {
        do throws(AWSError) {
            return try dynamoDB.getItem(table: name, key: Self.attributes(of: key))
                .map(Self.plain)
        } catch { throw StoreError(error, subject: subject(key)) }
    }

    public func updateItem(
        key: TableKey, set: JSONObject, remove: [String], condition: TableCondition?
    ) throws(StoreError) -> TableUpdate {
        let input = try updateInput(key: key, set: set, remove: remove, condition: condition)
        do throws(AWSError) {
            let answer = try dynamoDB.updateItem(.object(input))
            return TableUpdate(
                isDone: true, item: Self.plain(answer["Attributes"]?.object ?? [:]))
        } catch {
            guard error.code == "ConditionalCheckFailedException" else {
                throw StoreError(error, subject: subject(key))
            }
            // Without an item there is nothing to return: an item that is missing failed it.
            return TableUpdate(
                isDone: false, item: Self.plain(error.fields["Item"]?.object ?? [:]))
        }
    }

    /// UpdateItem's input. Every name stands behind a `#` placeholder, so that none is reserved.
    func updateInput(
        key: TableKey, set: JSONObject, remove: [String], condition: TableCondition?
    ) throws(StoreError) -> JSONObject {
        var names = JSONObject()
        var values = JSONObject()
        func nameHolder(_ name: String) -> String {
            for (holder, known) in names where known == .string(name) { return holder }
            let holder = "#n\(names.count)"
            names[holder] = .string(name)
            return holder
        }
        func valueHolder(_ value: JSON, of name: String) throws(StoreError) -> String {
            let holder = ":v\(values.count)"
            values[holder] = try Self.attributeValue(value, of: name, subject: subject(key))
            return holder
        }
        var assignments: [String] = []
        for (name, value) in set {
            assignments.append("\(nameHolder(name)) = \(try valueHolder(value, of: name))")
        }
        var clauses: [String] = []
        if !assignments.isEmpty { clauses.append("SET " + assignments.joined(separator: ", ")) }
        if !remove.isEmpty {
            clauses.append("REMOVE " + remove.map(nameHolder).joined(separator: ", "))
        }
        var input: JSONObject = [
            "TableName": .string(name), "Key": .object(Self.attributes(of: key)),
            "ReturnValues": "ALL_NEW", "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        ]
        if !clauses.isEmpty { input["UpdateExpression"] = .string(clauses.joined(separator: " ")) }
        switch condition {
        case nil: break
        case .attributeMissing(let name)?:
            input["ConditionExpression"] = .string("attribute_not_exists(\(nameHolder(name)))")
        case .missingOrLess(let name, let value)?:
            let (holder, limit) = (nameHolder(name), try valueHolder(value, of: name))
            input["ConditionExpression"] = .string(
                "attribute_not_exists(\(holder)) OR \(holder) < \(limit)")
        case .missingOrOther(let name, let value)?:
            let (holder, other) = (nameHolder(name), try valueHolder(value, of: name))
            input["ConditionExpression"] = .string(
                "attribute_not_exists(\(holder)) OR \(holder) <> \(other)")
        case .equal(let name, let value)?:
            input["ConditionExpression"] = .string(
                "\(nameHolder(name)) = \(try valueHolder(value, of: name))")
        }
        if !names.isEmpty { input["ExpressionAttributeNames"] = .object(names) }
        if !values.isEmpty { input["ExpressionAttributeValues"] = .object(values) }
        return input
    }

    /// A value with DynamoDB's type.
    static func attributeValue(
        _ value: JSON, of name: String, subject: String
    ) throws(StoreError) -> JSON {
        switch value {
        case .string: return ["S": value]
        case .number(let number): return ["N": .string(number.text)]
        default:
            throw StoreError(
                .invalidAttribute, "attribute \(name) is neither a string nor a number",
                subject: subject)
        }
    }

    private func subject(_ key: TableKey) -> String { "\(name) \(key.partition)/\(key.sort)" }

    private static func attributes(of key: TableKey) -> JSONObject {
        ["pk": ["S": .string(key.partition)], "sk": ["S": .string(key.sort)]]
    }

    /// An item without DynamoDB's types; a type that Sluice does not write is left as it is.
    private static func plain(_ item: JSONObject) -> JSONObject {
        JSONObject(
            item.map { name, value in
                if let text = value["S"] { return (name, text) }
                if let number = value["N"]?.string.flatMap({ JSONNumber($0) }) {
                    return (name, .number(number))
                }
                return (name, value)
            })
    }
}

extension StoreError.Code {
    public static let invalidAttribute = StoreError.Code(rawValue: "InvalidAttribute")
}
