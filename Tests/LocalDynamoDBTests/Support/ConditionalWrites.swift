import JSON
import Stores

@testable import LocalDynamoDB

extension TestStore {
    /// Writes one row as DynamoDB's clients do, by ``RunOrder``'s two conditional writes.
    func writeConditionally(
        _ run: TestRun, _ row: [TestValue], known: [TestRun], table: String = "things"
    ) throws {
        let names = ["id"] + run.columns.map(\.name)
        let record = JSONObject(
            zip(names, row).compactMap { name, value in value.attribute.map { (name, $0) } })
        let key: JSON = ["id": record["id"] ?? .null]
        guard let order = run.order else {
            if run.mode == .replace {
                _ = try store.call("PutItem", ["TableName": JSON(table), "Item": .object(record)])
            } else {
                try update(table, key, set: record, remove: names)
            }
            return
        }
        let me: JSON = ["S": JSON(order.version)]
        var attributes = record
        attributes[order.attribute] = me
        attributes[order.setAttribute] = me
        do throws(TableError) {
            let condition = "attribute_not_exists(#v) OR #v <= :me"
            if run.mode == .replace {
                _ = try store.call(
                    "PutItem",
                    [
                        "TableName": JSON(table), "Item": .object(attributes),
                        "ConditionExpression": JSON(condition),
                        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                        "ExpressionAttributeNames": ["#v": "_v"],
                        "ExpressionAttributeValues": [":me": me],
                    ])
            } else {
                try update(
                    table, key, set: attributes, remove: names, condition: condition,
                    names: ["#v": "_v"], values: [":me": me])
            }
        } catch {
            guard error.code == "ConditionalCheckFailedException", let old = error.item?.object
            else { throw error }
            try writeLate(order, run, record, old, known, table, key)
        }
    }

    private func writeLate(
        _ order: RunOrder, _ run: TestRun, _ record: JSONObject, _ old: JSONObject,
        _ known: [TestRun], _ table: String, _ key: JSON
    ) throws {
        var texts: [String: String] = [:]
        for (name, value) in old {
            texts[name] = value["S"]?.string ?? value["N"]?.string ?? ""
        }
        let decision = order.decide(
            old: texts, attributes: old.names, key: ["id"], columns: run.columns.map(\.name),
            known: TestRun.names(known))
        switch decision {
        case .partial(let partial):
            var set = JSONObject(
                partial.columns.compactMap { name in record[name].map { (name, $0) } })
            set[order.setAttribute] = ["S": JSON(order.version)]
            set[order.lateAttribute] = ["N": JSON(partial.next)]
            try update(
                table, key, set: set, remove: partial.columns + partial.remove,
                condition: "#v = :seen", names: ["#v": "_v"],
                values: [":seen": ["S": JSON(partial.seen)]])
        case .done, .superseded: break
        default: throw TableError(code: "Unexpected", message: "\(decision)")
        }
    }

    /// - Parameter remove: attributes that go unless they are set.
    private func update(
        _ table: String, _ key: JSON, set: JSONObject, remove: [String], condition: String? = nil,
        names: JSONObject = [:], values: JSONObject = [:]
    ) throws(TableError) {
        var (names, values) = (names, values)
        var assignments: [String] = []
        var removals: [String] = []
        for (index, (name, value)) in set.enumerated() where key[name] == nil {
            names["#s\(index)"] = JSON(name)
            values[":s\(index)"] = value
            assignments.append("#s\(index) = :s\(index)")
        }
        for (index, name) in remove.enumerated() where set[name] == nil && key[name] == nil {
            names["#r\(index)"] = JSON(name)
            removals.append("#r\(index)")
        }
        var request: JSONObject = [
            "TableName": JSON(table), "Key": key,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            "ExpressionAttributeNames": .object(names),
            "ExpressionAttributeValues": .object(values),
        ]
        request["ConditionExpression"] = condition.map { JSON($0) }
        let sections = [("SET", assignments), ("REMOVE", removals)].filter { !$0.1.isEmpty }
        if !sections.isEmpty {
            request["UpdateExpression"] = JSON(
                sections.map { "\($0.0) \($0.1.joined(separator: ", "))" }.joined(separator: " "))
        }
        _ = try store.call("UpdateItem", .object(request))
    }
}
