import JSON
import Stores

/// What the rows of a load are, and how they are written.
struct LoadHeader {
    struct Column {
        /// DynamoDB's names of the types that rows carry.
        enum ValueType: String {
            case string = "S"
            case number = "N"
            case boolean = "BOOL"
        }

        var name: String
        var type: ValueType
    }

    let table: String
    /// In the order of the rows, the key's among them.
    let columns: [Column]
    let keyIndex: Int
    let mode: RunOrder.Mode
    /// The run's order among others; nil to write without versions, whatever is there.
    let order: RunOrder?
    /// The names behind each hash of columns, this run's among them.
    let known: [String: [String]]

    var key: String { columns[keyIndex].name }
    /// The names of the columns without the key's.
    let attributes: [String]

    init(_ json: JSON) throws(TableError) {
        table = try Operation.tableName(in: json)
        var columns: [Column] = []
        var names: Set<CodePoints> = []
        for column in try json.optionalArray("Columns") ?? [] {
            guard let name = try column.optionalString("Name"), !name.isEmpty,
                let type = try column.optionalString("Type").flatMap({
                    Column.ValueType(rawValue: $0)
                }), names.insert(CodePoints(name)).inserted
            else { throw .validation("Columns: \(column) is no column, or is there twice") }
            columns.append(Column(name: name, type: type))
        }
        let key = try json.optionalString("Key") ?? ""
        guard let keyIndex = columns.firstIndex(where: { $0.name.utf8.elementsEqual(key.utf8) }),
            columns[keyIndex].type != .boolean
        else { throw .validation("Key: \(key) is none of the columns, or cannot be a key") }
        guard let mode = try json.optionalString("Mode").flatMap({ RunOrder.Mode(rawValue: $0) })
        else { throw .validation("Mode is merge or replace") }
        let attributes = columns.map(\.name).enumerated().filter { $0.offset != keyIndex }
            .map(\.element)
        self.columns = columns
        self.keyIndex = keyIndex
        self.mode = mode
        self.attributes = attributes
        guard let version = try json.optionalString("Version") else {
            order = nil
            known = [:]
            return
        }
        let hash = try json.optionalString("ColumnsHash") ?? ""
        let attribute = try json.optionalString("VersionAttribute") ?? RunOrder.usualAttribute
        guard
            let order = RunOrder(
                version: version, attribute: attribute, mode: mode, columnsHash: hash)
        else { throw .validation("Version or ColumnsHash has a wrong form") }
        if let name = columns.first(where: { order.isControl($0.name) })?.name {
            throw .validation("A column must not have the name \(name) of a control attribute")
        }
        self.order = order
        var known = [hash: attributes]
        for (hash, names) in try json.optionalObject("KnownColumns") ?? [:] {
            known[hash] = (names.array ?? []).compactMap(\.string)
        }
        self.known = known
    }
}
