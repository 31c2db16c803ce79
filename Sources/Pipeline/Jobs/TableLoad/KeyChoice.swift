import CSV
import LambdaRuntime
import Stores

/// Which column of a file is the key, and what the table calls it.
///
/// A table that is there decides by its key schema; else what was set; else ``usualNames``.
struct KeyChoice {
    /// What keys are called unless it is set, the usual one first.
    static let usualNames = ["customer_id", "uuid"]

    /// 0-based.
    var column: Int
    /// As the table spells it.
    var attribute: ItemKeyAttribute

    /// - Parameters:
    ///   - schema: of the table, the partition key first; nil when there is no such table.
    ///   - name: what was set; empty for nothing.
    ///   - type: what was set for the key's column.
    /// - Throws: ``StepError`` `Sluice.TableMismatch`, `Sluice.MissingColumn`, `Sluice.AmbiguousKey` or
    ///   `Sluice.DuplicateColumn`.
    init(
        _ header: FileHeader, schema: [ItemKeyAttribute]?, table: String, name: String,
        isFirstColumn: Bool
    ) throws(StepError) {
        if let schema {
            let key = try Self.onlyKey(of: schema, table, header)
            guard name.isEmpty || name.utf8.elementsEqual(key.name.utf8) else {
                throw header.mismatch(
                    table, column: name, "its key is \(key.name), the one that was set is \(name)")
            }
            attribute = key
            column = try isFirstColumn ? 0 : Self.column(of: key.name, in: header, table)
        } else if isFirstColumn {
            let first = header.names[0]
            let usual = Self.usualNames.contains(first) ? first : Self.usualNames[0]
            attribute = ItemKeyAttribute(name.isEmpty ? usual : name)
            column = 0
        } else {
            let chosen = name.isEmpty ? try Self.usualName(in: header) : name
            guard let found = try header.keyColumn(chosen) else {
                throw header.missing(
                    chosen,
                    wanted: name.isEmpty ? Self.usualNames.joined(separator: " or ") : name)
            }
            attribute = ItemKeyAttribute(chosen)
            column = found
        }
        let key = attribute.name
        let other = header.names.indices.first {
            $0 != column && header.names[$0].utf8.elementsEqual(key.utf8)
        }
        if let other {
            throw StepError(
                errorName: ErrorName.duplicateColumn, at: header.place(of: other),
                "the first column is the key \(key), and so is this one")
        }
    }

    private static func onlyKey(
        of schema: [ItemKeyAttribute], _ table: String, _ header: FileHeader
    ) throws(StepError) -> ItemKeyAttribute {
        guard schema.count == 1 else {
            let names = schema.map(\.name).joined(separator: ", ")
            throw header.mismatch(table, "its key has a sort key: \(names)")
        }
        guard ["S", "N"].contains(schema[0].type) else {
            throw header.mismatch(
                table, "its key \(schema[0].name) is neither a string nor a number")
        }
        return schema[0]
    }

    private static func column(
        of key: String, in header: FileHeader, _ table: String
    ) throws(StepError) -> Int {
        if let column = try header.keyColumn(key) { return column }
        // The file has a key, of another table.
        for name in usualNames {
            if let column = try header.keyColumn(name) {
                throw header.mismatch(
                    table, column: header.names[column],
                    "its key is \(key), which the file does not have")
            }
        }
        throw header.missing(key, wanted: "\(key), the key of the table \(table)")
    }

    private static func usualName(in header: FileHeader) throws(StepError) -> String {
        var found: [(name: String, column: Int)] = []
        for name in usualNames {
            if let column = try header.keyColumn(name) { found.append((name, column)) }
        }
        if found.count > 1 {
            throw StepError(
                errorName: ErrorName.ambiguousKey, at: header.place(of: found[1].column),
                "both \(found[0].name) and \(found[1].name) may be the key of a table that is not "
                    + "there yet: set \(TableLoad.key.flag)")
        }
        return found.first?.name ?? usualNames[0]
    }
}

extension FileHeader {
    /// The column of that name; failing that, the only one that differs by upper and lower case alone.
    /// - Throws: ``StepError`` `Sluice.DuplicateColumn`.
    func keyColumn(_ name: String) throws(StepError) -> Int? {
        if let column = try column(name) { return column }
        let folded = names.indices.filter { names[$0].lowercased() == name.lowercased() }
        return folded.count == 1 ? folded[0] : nil
    }

    func place(of column: Int) -> FilePlace {
        FilePlace(
            file: file, line: header.nameLines[column], byteOffset: header.nameOffsets[column],
            column: names[column])
    }

    /// `Sluice.TableMismatch`.
    func mismatch(_ table: String, column: String? = nil, _ message: String) -> StepError {
        StepError(
            errorName: ErrorName.tableMismatch, at: FilePlace(file: file, column: column),
            "the file does not fit the table \(table): \(message)")
    }
}
