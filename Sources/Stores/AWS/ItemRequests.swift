import JSON

/// A request that writes one item.
struct ItemRequest: Sendable, Hashable {
    /// `UpdateItem` or `PutItem`.
    var operation: String
    var input: JSON
    /// Whether it writes only the part that newer runs do not cover.
    var isPartial = false
}

/// The requests that write the rows of one layout into a table, and what a refusal leads to. Decides; the
/// table acts. ``RunOrder`` has the protocol.
struct ItemRequests: Sendable {
    /// The limit of an expression, in bytes. That of 300 operators counts additions and functions, of
    /// which there are none in an update here.
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters>
    static let maximumExpressionBytes = 4096

    let table: String
    let layout: ItemLayout

    /// Values of a row by column, with DynamoDB's types; nil for what it leaves out.
    typealias Row = [JSON?]

    /// What to do after a refusal.
    enum Step: Sendable, Hashable {
        case request(ItemRequest)
        /// Newer runs cover all of it.
        case superseded
        /// It was written by an earlier attempt.
        case done
        /// These hashes are to be looked up first.
        case needsColumns([String])
    }

    /// - Throws: ``StoreError/Code/tooManyColumns`` when an update of all columns is longer than an
    ///   expression may be. Items that are replaced need none.
    func check() throws(StoreError) {
        guard layout.mode == .merge else { return }
        // "SET ", "#n=:n," a column, "#v=:me,#h=:me", and " REMOVE " for those left out.
        let bytes = layout.columns.indices.reduce(4 + 13 + 8) { $0 + 4 + 2 * String($1).utf8.count }
        guard bytes > Self.maximumExpressionBytes else { return }
        throw StoreError(
            .tooManyColumns,
            "an update of \(layout.columns.count) columns has \(bytes) bytes; DynamoDB takes "
                + "\(Self.maximumExpressionBytes). Items can be replaced, or the file be split",
            subject: table)
    }

    /// The first write of a row.
    func first(_ row: Row) -> ItemRequest {
        guard let order = layout.order else { return unordered(row) }
        let condition = "attribute_not_exists(#v) OR #v<=:me"
        if layout.mode == .replace {
            var item = attributes(row)
            item[order.attribute] = ["S": .string(order.version)]
            item[order.setAttribute] = ["S": .string(order.version)]
            return ItemRequest(
                operation: "PutItem",
                input: [
                    "TableName": .string(table), "Item": .object(item),
                    "ConditionExpression": .string(condition),
                    "ExpressionAttributeNames": ["#v": .string(order.attribute)],
                    "ExpressionAttributeValues": [":me": ["S": .string(order.version)]],
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                ])
        }
        var update = UpdateBuilder()
        update.set("#v", order.attribute, ":me", ["S": .string(order.version)])
        update.set("#h", order.setAttribute, ":me", ["S": .string(order.version)])
        for index in row.indices where index != layout.keyIndex { append(index, row, &update) }
        return request(update, condition, row)
    }

    /// What a write that was refused leads to.
    /// - Parameters:
    ///   - old: the item that came with the refusal; nil when there was none.
    ///   - known: the columns behind each hash.
    func afterRefusal(
        of row: Row, old: JSONObject?, known: [String: [String]]
    ) throws(StoreError) -> Step {
        guard let order = layout.order, let old else { return .request(first(row)) }
        let decision = order.decide(
            old: Self.controls(of: old, order), attributes: old.names, key: [layout.key],
            columns: layout.attributes, known: known)
        switch decision {
        case .write: return .request(first(row))
        case .superseded: return .superseded
        case .done: return .done
        case .unknownColumns(let hashes): return .needsColumns(hashes)
        case .partial(let partial): return .request(second(row, partial, order, old))
        case .foreignVersion(let attribute, _):
            throw StoreError(
                .foreignVersion,
                "the attribute \(attribute) is no version of a run: another program uses its name",
                subject: table, key: Self.text(row[layout.keyIndex]))
        }
    }

    /// The write of a part.
    private func second(
        _ row: Row, _ partial: RunOrder.Partial, _ order: RunOrder, _ old: JSONObject
    ) -> ItemRequest {
        let mine = Set(partial.columns.map { CodePoints($0) })
        let indexes = row.indices.filter {
            $0 != layout.keyIndex && mine.contains(CodePoints(layout.columns[$0].name))
        }
        var update = UpdateBuilder()
        update.set("#h", order.setAttribute, ":me", ["S": .string(order.version)])
        update.set("#n", order.lateAttribute, ":next", ["N": .string(partial.next)])
        for index in indexes { append(index, row, &update) }
        for (index, name) in partial.remove.enumerated() { update.remove("#r\(index)", name) }

        var condition = "#v=:seen AND "
        var names: JSONObject = ["#v": .string(order.attribute)]
        var values: JSONObject = [":seen": ["S": .string(partial.seen)]]
        if let late = partial.late {
            condition += "#n=:n"
            values[":n"] = ["N": .string(late)]
        } else {
            condition += "attribute_not_exists(#n)"
        }
        if update.expression.utf8.count <= Self.maximumExpressionBytes {
            update.names["#v"] = .string(order.attribute)
            for (name, value) in values { update.values[name] = value }
            return request(update, condition, row, isPartial: true)
        }
        // A late run that replaces an item of very many attributes: put whole, as it would be updated.
        var item = old
        for name in partial.remove { item[name] = nil }
        for index in indexes { item[layout.columns[index].name] = row[index] }
        item[order.setAttribute] = ["S": .string(order.version)]
        item[order.lateAttribute] = ["N": .string(partial.next)]
        names["#n"] = .string(order.lateAttribute)
        return ItemRequest(
            operation: "PutItem",
            input: [
                "TableName": .string(table), "Item": .object(item),
                "ConditionExpression": .string(condition),
                "ExpressionAttributeNames": .object(names),
                "ExpressionAttributeValues": .object(values),
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            ], isPartial: true)
    }

    /// The attributes that a row has, the key's among them.
    func attributes(_ row: Row) -> JSONObject {
        var item = JSONObject()
        for (column, value) in zip(layout.columns, row) { item[column.name] = value }
        return item
    }

    /// The write of a row without versions, merging.
    private func unordered(_ row: Row) -> ItemRequest {
        var update = UpdateBuilder()
        for index in row.indices where index != layout.keyIndex { append(index, row, &update) }
        return request(update, nil, row)
    }

    private func append(_ index: Int, _ row: Row, _ update: inout UpdateBuilder) {
        if let value = row[index] {
            update.set("#\(index)", layout.columns[index].name, ":\(index)", value)
        } else {
            update.remove("#\(index)", layout.columns[index].name)
        }
    }

    private func request(
        _ update: UpdateBuilder, _ condition: String?, _ row: Row, isPartial: Bool = false
    ) -> ItemRequest {
        var input: JSONObject = [
            "TableName": .string(table),
            "Key": .object([layout.key: row[layout.keyIndex] ?? .null]),
        ]
        if !update.isEmpty { input["UpdateExpression"] = .string(update.expression) }
        if !update.names.isEmpty { input["ExpressionAttributeNames"] = .object(update.names) }
        if !update.values.isEmpty { input["ExpressionAttributeValues"] = .object(update.values) }
        if let condition {
            input["ConditionExpression"] = .string(condition)
            input["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        }
        return ItemRequest(operation: "UpdateItem", input: .object(input), isPartial: isPartial)
    }

    /// The attributes that keep the order, as ``RunOrder/decide(old:attributes:key:columns:known:)``
    /// wants them.
    private static func controls(of item: JSONObject, _ order: RunOrder) -> [String: String] {
        var controls: [String: String] = [:]
        for (name, value) in item where order.isControl(name) {
            controls[name] = value[name == order.lateAttribute ? "N" : "S"]?.string ?? ""
        }
        return controls
    }

    /// A key for people.
    static func text(_ value: JSON?) -> String {
        value?["S"]?.string ?? value?["N"]?.string ?? ""
    }
}

/// An update expression and what stands behind its placeholders.
private struct UpdateBuilder {
    var names = JSONObject()
    var values = JSONObject()
    private var assignments: [String] = []
    private var removals: [String] = []

    var isEmpty: Bool { assignments.isEmpty && removals.isEmpty }

    mutating func set(_ holder: String, _ name: String, _ valueHolder: String, _ value: JSON) {
        names[holder] = .string(name)
        values[valueHolder] = value
        assignments.append("\(holder)=\(valueHolder)")
    }

    mutating func remove(_ holder: String, _ name: String) {
        names[holder] = .string(name)
        removals.append(holder)
    }

    var expression: String {
        var clauses: [String] = []
        if !assignments.isEmpty { clauses.append("SET " + assignments.joined(separator: ",")) }
        if !removals.isEmpty { clauses.append("REMOVE " + removals.joined(separator: ",")) }
        return clauses.joined(separator: " ")
    }
}
