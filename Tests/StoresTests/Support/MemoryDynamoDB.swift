import JSON
import Testing

/// Items in memory under the very requests that are sent to DynamoDB: UpdateItem, PutItem,
/// BatchWriteItem. Knows as much of expressions as Sluice writes, and refuses what DynamoDB would refuse.
struct MemoryDynamoDB {
    enum Failure: Error, Hashable {
        /// With the item as it is.
        case conditionFailed(JSONObject?)
        case validation(String)
    }

    let key: String
    /// By the text of their keys.
    var items: [String: JSONObject] = [:]

    init(key: String) { self.key = key }

    mutating func call(_ operation: String, _ input: JSON) throws(Failure) {
        switch operation {
        case "PutItem":
            let item = input["Item"]?.object ?? [:]
            try change(item, input) { _ throws(Failure) in item }
        case "UpdateItem":
            let key = input["Key"]?.object ?? [:]
            try change(key, input) { old throws(Failure) in
                var item = old ?? key
                try Self.update(&item, input)
                return item
            }
        case "BatchWriteItem":
            for (_, puts) in input["RequestItems"]?.object ?? [:] {
                for put in puts.array ?? [] {
                    let item = put["PutRequest"]?["Item"]?.object ?? [:]
                    items[try text(item)] = item
                }
            }
        default: throw .validation(operation)
        }
    }

    private func text(_ item: JSONObject) throws(Failure) -> String {
        guard let text = item[key]?["S"]?.string ?? item[key]?["N"]?.string else {
            throw .validation("no key")
        }
        return text
    }

    private mutating func change(
        _ key: JSONObject, _ input: JSON, _ new: (JSONObject?) throws(Failure) -> JSONObject
    ) throws(Failure) {
        let text = try text(key)
        try Self.checkPlaceholders(input)
        if let condition = input["ConditionExpression"]?.string {
            let terms = condition.split(separator: " OR ").map {
                $0.split(separator: " AND ").map { String($0) }
            }
            var holds = false
            for all in terms {
                var allHold = true
                for term in all where try !Self.holds(term, items[text] ?? [:], input) {
                    allHold = false
                }
                holds = holds || allHold
            }
            guard holds else { throw .conditionFailed(items[text]) }
        }
        items[text] = try new(items[text])
    }

    private static func holds(
        _ term: String, _ item: JSONObject, _ input: JSON
    ) throws(Failure) -> Bool {
        let missing = "attribute_not_exists("
        if term.hasPrefix(missing), term.hasSuffix(")") {
            return item[try name(term.dropFirst(missing.count).dropLast(), input)] == nil
        }
        let isOrder = term.contains("<=")
        let sides = term.split(separator: isOrder ? "<=" : "=")
        guard sides.count == 2 else { throw .validation(term) }
        let right = try value(sides[1], input)
        guard let left = item[try name(sides[0], input)] else { return false }
        guard isOrder else { return left == right }
        guard let a = left["S"]?.string, let b = right["S"]?.string else { return false }
        return !b.utf8.lexicographicallyPrecedes(a.utf8)
    }

    private static func update(_ item: inout JSONObject, _ input: JSON) throws(Failure) {
        guard let expression = input["UpdateExpression"]?.string else { return }
        guard expression.utf8.count <= 4096 else { throw .validation("too long") }
        var clause = Substring()
        for word in expression.split(separator: " ") {
            if word == "SET" || word == "REMOVE" {
                clause = word
                continue
            }
            for action in word.split(separator: ",") {
                let sides = action.split(separator: "=")
                if clause == "SET", sides.count == 2 {
                    item[try name(sides[0], input)] = try value(sides[1], input)
                } else if clause == "REMOVE", sides.count == 1 {
                    item[try name(sides[0], input)] = nil
                } else {
                    throw .validation(expression)
                }
            }
        }
    }

    private static func name(_ holder: Substring, _ input: JSON) throws(Failure) -> String {
        guard let name = input["ExpressionAttributeNames"]?[String(holder)]?.string else {
            throw .validation("\(holder) is not defined")
        }
        return name
    }

    private static func value(_ holder: Substring, _ input: JSON) throws(Failure) -> JSON {
        guard let value = input["ExpressionAttributeValues"]?[String(holder)] else {
            throw .validation("\(holder) is not defined")
        }
        return value
    }

    /// DynamoDB refuses placeholders that nothing uses, and empty lists of them.
    private static func checkPlaceholders(_ input: JSON) throws(Failure) {
        let text =
            (input["UpdateExpression"]?.string ?? "") + " "
            + (input["ConditionExpression"]?.string ?? "")
        let used = Set(text.split { !($0.isLetter || $0.isNumber || $0 == "#" || $0 == ":") })
        for list in ["ExpressionAttributeNames", "ExpressionAttributeValues"] {
            guard let holders = input[list]?.object else { continue }
            if holders.isEmpty { throw .validation("\(list) is empty") }
            for holder in holders.names where !used.contains(Substring(holder)) {
                throw .validation("\(holder) is not used")
            }
        }
    }
}
