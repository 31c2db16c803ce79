import JSON
import LambdaRuntime
import Stores
import System

/// All that is decided about a load before its first write: `validate` finds it out, and a redrive goes by
/// it.
struct LoadPlan: Sendable, Hashable {
    /// A column of the file that becomes an attribute.
    struct Attribute: Sendable, Hashable {
        /// Of the file, 0-based.
        var column: Int
        var item: ItemColumn
    }

    /// The name by which the run calls it.
    var table: String
    /// The key's attribute, as the table spells it.
    var key: String
    /// In the order of the file, the key among them.
    var attributes: [Attribute]
    /// Columns without a name, which must be empty.
    var nameless: [Int]
    var mode: RunOrder.Mode
    /// Nil when no order is kept.
    var versionAttribute: String?
    /// Columns for which a type was set and that the file does not have.
    var unusedTypes: [String]

    /// Tells how the records of a file are written, and makes a table that is not there where that is
    /// possible.
    /// - Throws: ``StepError`` `Sluice.BadConfiguration`, `Sluice.DuplicateColumn`,
    ///   `Sluice.ReservedColumn`, those of ``KeyChoice``; what the table throws, `Sluice.NoSuchTable` and
    ///   `Sluice.TooManyColumns` among them.
    init(_ header: FileHeader, of run: Run) throws {
        let options = run.environment.options
        let types = try ColumnTypes(options[TableLoad.types])
        guard let mode = RunOrder.Mode(rawValue: options[TableLoad.mode]) else {
            throw StepError(
                errorName: ErrorName.badConfiguration,
                cause: "\(TableLoad.mode.environment) must be merge or replace")
        }
        try header.checkNoRepeats()
        self.mode = mode
        let version = options[TableLoad.versionAttribute]
        versionAttribute = version == TableLoad.noVersions ? nil : version
        table = Self.tableName(of: run)
        let target = try run.environment.resources.table(TableLoad.tables, named: table)
        let schema = try target.describe()
        let choice = try KeyChoice(
            header, schema: schema, table: table, name: options[TableLoad.key],
            isFirstColumn: options.isOn(TableLoad.keyFromFirstColumn))
        key = choice.attribute.name

        attributes = []
        nameless = []
        var used: [String] = []
        for (column, name) in header.names.enumerated() {
            if column == choice.column {
                let type = try Self.keyType(
                    choice, types[name] ?? types[key], isMade: schema == nil, table, header)
                attributes.append(Attribute(column: column, item: ItemColumn(key, type)))
                used += [name, key]
            } else if name.isEmpty {
                nameless.append(column)
            } else {
                attributes.append(
                    Attribute(column: column, item: ItemColumn(name, types[name] ?? .string)))
                used.append(name)
            }
        }
        unusedTypes = types.types.map(\.name).filter { name in
            !used.contains { $0.utf8.elementsEqual(name.utf8) }
        }
        try checkNames(header)
        try target.check(layout(order: order(startMilliseconds: 0, executionName: run.name)))
        if schema == nil {
            let made = ItemKeyAttribute(key, type: keyItem.type.rawValue)
            try target.create(key: made)
            // Another run may have been first.
            let found = try target.describe() ?? []
            guard found == [made] else {
                throw header.mismatch(
                    table, column: key, "its key is \(found.map(\.name).joined(separator: ", "))")
            }
        }
    }

    /// What was set; else the first folder below the job's; else the job's name.
    static func tableName(of run: Run) -> String {
        let options = run.environment.options
        let name = options[TableLoad.tableName]
        if !name.isEmpty { return name }
        let prefix = (Jobs.folder(of: TableLoad.self, options) ?? "") + "/"
        guard run.fileSet.utf8.starts(with: prefix.utf8) else { return TableLoad.name }
        let rest = String(decoding: run.fileSet.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
        let folders = rest.split(separator: "/")
        return folders.count > 1 ? String(folders[0]) : TableLoad.name
    }

    private static func keyType(
        _ choice: KeyChoice, _ set: ItemColumn.ValueType?, isMade: Bool, _ table: String,
        _ header: FileHeader
    ) throws(StepError) -> ItemColumn.ValueType {
        if set == .boolean {
            throw StepError(
                errorName: ErrorName.badConfiguration,
                cause: "the key \(choice.attribute.name) cannot be a boolean")
        }
        if isMade { return set ?? .string }
        let type = ItemColumn.ValueType(rawValue: choice.attribute.type) ?? .string
        guard set == nil || set == type else {
            throw header.mismatch(
                table, column: choice.attribute.name,
                "its key is a \(type == .number ? "number" : "string")")
        }
        return type
    }

    /// No column may be called as the order's attributes are, or may come to be.
    private func checkNames(_ header: FileHeader) throws(StepError) {
        guard let versionAttribute else { return }
        for attribute in attributes {
            let name = attribute.item.name.utf8
            guard
                name.elementsEqual(versionAttribute.utf8)
                    || name.starts(with: (versionAttribute + "_").utf8)
            else { continue }
            throw StepError(
                errorName: ErrorName.reservedColumn, at: header.place(of: attribute.column),
                "\(versionAttribute) and what begins with \(versionAttribute)_ keep the order of runs: "
                    + "rename the column, or set \(TableLoad.versionAttribute.flag)")
        }
    }
}

extension LoadPlan {
    /// The key's place among the attributes.
    var keyIndex: Int {
        attributes.firstIndex { $0.item.name.utf8.elementsEqual(key.utf8) } ?? 0
    }
    private var keyItem: ItemColumn { attributes[keyIndex].item }

    /// The names of all attributes without the key's.
    private var names: [String] {
        attributes.map(\.item.name).filter { !$0.utf8.elementsEqual(key.utf8) }
    }

    func openTable(_ run: Run) throws -> any ItemTable {
        try run.environment.resources.table(TableLoad.tables, named: table)
    }

    /// - Returns: nil when no order is kept.
    func order(startMilliseconds: Int, executionName: String) -> RunOrder? {
        versionAttribute.map {
            RunOrder(
                startMilliseconds: startMilliseconds, executionName: executionName, attribute: $0,
                mode: mode, columns: names)
        }
    }

    func layout(order: RunOrder?) -> ItemLayout {
        ItemLayout(key: key, columns: attributes.map(\.item), mode: mode, order: order)
    }

    /// Bytes that the attributes which keep the order take of an item: their names and versions.
    var orderBytes: Int {
        guard let order = order(startMilliseconds: 0, executionName: "") else { return 0 }
        return order.attribute.utf8.count + order.setAttribute.utf8.count
            + 2 * RunOrder.versionBytes
    }

    /// Bytes of an item beside its values.
    var fixedBytes: Int { attributes.reduce(orderBytes) { $0 + $1.item.name.utf8.count } }

    var json: JSON {
        var object: JSONObject = [
            "table": .string(table), "key": .string(key), "mode": .string(mode.rawValue),
            "columnsHash": .string(RunOrder.hash(ofColumns: names)),
            "attributes": .array(
                attributes.map {
                    [
                        "column": JSON($0.column), "name": .string($0.item.name),
                        "type": .string($0.item.type.rawValue),
                    ]
                }),
            "nameless": .array(nameless.map { JSON($0) }),
            "unusedTypes": .array(unusedTypes.map { .string($0) }),
        ]
        object["versionAttribute"] = versionAttribute.map { .string($0) }
        return .object(object)
    }

    /// - Throws: ``StepError`` `Sluice.BadEvent`.
    init(_ plan: FilePlan) throws(StepError) {
        let input = StepInput(json: plan.columns)
        table = try input.text("table")
        key = try input.text("key")
        attributes = []
        for attribute in try input.array("attributes") {
            let attribute = StepInput(json: attribute)
            let type = ItemColumn.ValueType(rawValue: try attribute.text("type"))
            attributes.append(
                Attribute(
                    column: try attribute.integer("column"),
                    item: ItemColumn(try attribute.text("name"), type ?? .string)))
        }
        nameless = try input.array("nameless").compactMap(\.int)
        unusedTypes = try input.array("unusedTypes").compactMap(\.string)
        versionAttribute = input.json["versionAttribute"]?.string
        let keyBytes = key.utf8
        guard let mode = RunOrder.Mode(rawValue: try input.text("mode")),
            attributes.contains(where: { $0.item.name.utf8.elementsEqual(keyBytes) })
        else {
            throw StepError(errorName: ErrorName.badEvent, cause: "the plan of a load is malformed")
        }
        self.mode = mode
    }
}
