import LambdaRuntime
import Stores

/// What was set as types of columns: `age=number,active=boolean`.
///
/// A name ends at the last equals sign; one with a comma cannot be given.
struct ColumnTypes {
    /// In the order in which they were set; each name once.
    private(set) var types: [(name: String, type: ItemColumn.ValueType)] = []

    /// - Throws: ``StepError`` `Sluice.BadConfiguration`.
    init(_ text: String) throws(StepError) {
        for entry in text.split(separator: ",", omittingEmptySubsequences: true) {
            guard let equals = entry.lastIndex(of: "=") else { throw Self.bad(entry) }
            let name = String(entry[..<equals]).trimmed
            guard !name.isEmpty,
                let type = Self.type(String(entry[entry.index(after: equals)...]).trimmed)
            else { throw Self.bad(entry) }
            guard self[name] == nil else {
                throw StepError(
                    errorName: ErrorName.badConfiguration,
                    cause: "\(TableLoad.types.environment) gives two types for \(name)")
            }
            types.append((name, type))
        }
    }

    /// The type of a column; nil when none was set.
    subscript(name: String) -> ItemColumn.ValueType? {
        types.first { $0.name.utf8.elementsEqual(name.utf8) }?.type
    }

    private static func type(_ word: String) -> ItemColumn.ValueType? {
        switch word {
        case "string": .string
        case "number": .number
        case "boolean": .boolean
        default: nil
        }
    }

    private static func bad(_ entry: Substring) -> StepError {
        StepError(
            errorName: ErrorName.badConfiguration,
            cause:
                "\(TableLoad.types.environment) must be like age=number,active=boolean,name=string; "
                + "\"\(entry)\" is not")
    }
}

extension String {
    /// Without the spaces around it.
    fileprivate var trimmed: String {
        let start = drop { $0 == " " }
        return String(start.reversed().drop { $0 == " " }.reversed())
    }
}
