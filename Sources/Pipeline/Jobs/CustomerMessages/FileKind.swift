import CSV
import JSON
import Stores

/// The three files of a set.
public enum FileKind: String, Sendable, Hashable, CaseIterable {
    case customers, orders, items

    /// How state names spell it.
    var stateName: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
    var singular: String { String(rawValue.dropLast()) }
}

/// What the name of a dropped file says: `customers_SET.csv`, singular prefixes too.
public struct FileName: Sendable, Hashable {
    public var kind: FileKind
    /// SET; for a key with folders these come first, joined by dots: `partner/orders_7.csv` belongs to
    /// `partner.7`.
    public var fileSet: String

    /// The longest name of a file set: with a dash and a run number it has to fit into the 80
    /// characters of an execution's name (Step Functions, StartExecution).
    static let maximumFileSetCharacters = 70

    /// Why a key is no file of a set.
    public enum Failure: Error, Sendable, Hashable {
        /// It does not look like one at all.
        case otherFile
        /// It does, but the set's name cannot name an execution.
        case badFileSet(String)
    }

    /// - Parameter key: the object's key, not URL-encoded.
    public init(key: String) throws(Failure) {
        var folders = key.split(separator: "/", omittingEmptySubsequences: false)
        let name = folders.removeLast()
        guard name.lowercased().hasSuffix(".csv"), let underscore = name.firstIndex(of: "_") else {
            throw .otherFile
        }
        let prefix = name[..<underscore].lowercased()
        guard
            let kind = FileKind.allCases.first(where: {
                $0.rawValue == prefix || $0.singular == prefix
            })
        else { throw .otherFile }
        let set = name[name.index(after: underscore)...].dropLast(4)
        let fileSet = (folders + [set]).joined(separator: ".")
        let isAllowed = fileSet.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-_.+=@".utf8.contains(byte)
            }
        }
        guard !set.isEmpty, isAllowed, fileSet.utf8.count <= Self.maximumFileSetCharacters else {
            throw .badFileSet(fileSet)
        }
        self.kind = kind
        self.fileSet = fileSet
    }
}

/// Which names the columns go by, told by the header.
enum NameDialect: String, Sendable, Hashable, CaseIterable {
    case reference, id

    /// The columns a file must have: its key first, then what it refers to, then its amount.
    func requiredColumns(_ kind: FileKind) -> [String] {
        switch (self, kind) {
        case (.reference, .customers): ["customer_reference"]
        case (.reference, .orders): ["order_reference", "customer_reference"]
        case (.reference, .items): ["order_reference", "total_price"]
        case (.id, .customers): ["customer_id"]
        case (.id, .orders): ["order_id", "customer_id", "amount"]
        case (.id, .items): ["order_id"]
        }
    }
}

/// Where the columns that matter stand in one file.
struct FileColumns: Sendable, Hashable {
    var dialect: NameDialect
    /// All columns in their order; empty in a chunk's work order when they stand in an object of their
    /// own, see ``moveLongNames(of:to:)``.
    var names: [String]
    /// What the file's rows are filed under: customers and orders by themselves, items by their order.
    var key: Int
    /// The customer of an order; nil in other files.
    var customer: Int?
    /// `total_price` of items, `amount` of orders; nil when there is none.
    var amount: Int?

    /// - Throws: ``StepError`` `Sluice.MissingColumn` or `Sluice.DuplicateColumn`.
    init(_ header: CSVHeader, kind: FileKind, file: String) throws(StepError) {
        let names = header.names
        // By their bytes: to a String, an e with an accent in one character or two is the same.
        var seen: Set<[UInt8]> = []
        for (index, name) in names.enumerated()
        where !seen.insert(Array(name.utf8)).inserted {
            throw StepError(
                errorName: "Sluice.DuplicateColumn",
                at: FilePlace(
                    file: file, line: header.nameLines[index],
                    byteOffset: header.nameOffsets[index], column: name),
                "the header has two columns of this name")
        }
        let missing = NameDialect.allCases.map { dialect in
            dialect.requiredColumns(kind).filter { !names.contains($0) }
        }
        // The dialect whose columns are there; if neither, the one of which more are.
        let best =
            missing.firstIndex(of: []) ?? NameDialect.allCases.indices.max {
                let (a, b) = (NameDialect.allCases[$0], NameDialect.allCases[$1])
                return a.requiredColumns(kind).count - missing[$0].count
                    < b.requiredColumns(kind).count - missing[$1].count
            } ?? 0
        let dialect = NameDialect.allCases[best]
        let wanted = NameDialect.allCases.map { $0.requiredColumns(kind).joined(separator: ", ") }
        if let column = missing[best].first {
            throw StepError(
                errorName: "Sluice.MissingColumn",
                at: FilePlace(
                    file: file, line: header.nameLines.first, byteOffset: header.nameOffsets.first,
                    column: column),
                "the header has no such column; it has \(Self.list(names)); wanted are "
                    + wanted.joined(separator: ", or "))
        }
        self.dialect = dialect
        self.names = names
        let required = dialect.requiredColumns(kind).map { names.firstIndex(of: $0) ?? 0 }
        key = required[0]
        switch kind {
        case .customers: (customer, amount) = (nil, nil)
        case .orders:
            customer = required[1]
            amount = dialect == .id ? required[2] : nil
        case .items:
            customer = nil
            amount = names.firstIndex(of: "total_price")
        }
    }

    /// Quoted and, past what an error message has room for, cut.
    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(50).map { "\"\($0.prefix(200))\"" }.joined(separator: ", ")
        return names.count > 50 ? shown + " and \(names.count - 50) more" : shown
    }

    /// Bytes of JSON that the names may take in a chunk's work order. Step Functions allows 256 KiB for
    /// all of it, and thousands of chunks would repeat them.
    static let maximumInlineNamesBytes = 32 << 10

    /// Puts names that are too long for a work order where ``loadNames(of:_:)`` finds them.
    mutating func moveLongNames(of kind: FileKind, to storage: RunStorage) throws {
        let list = JSON.array(names.map { .string($0) })
        guard list.serialized().utf8.count > Self.maximumInlineNamesBytes else { return }
        try storage.put(Self.headerName(kind), list)
        names = []
    }

    mutating func loadNames(of kind: FileKind, _ storage: RunStorage) throws {
        guard names.isEmpty else { return }
        names = try storage.get(Self.headerName(kind)).array?.compactMap(\.string) ?? []
    }

    private static func headerName(_ kind: FileKind) -> String { "headers/\(kind.rawValue).json" }

    var json: JSON {
        var object: JSONObject = ["dialect": .string(dialect.rawValue), "key": JSON(key)]
        if !names.isEmpty { object["names"] = .array(names.map { .string($0) }) }
        object["customer"] = customer.map { JSON($0) }
        object["amount"] = amount.map { JSON($0) }
        return .object(object)
    }

    init(_ input: StepInput) throws(StepError) {
        guard let dialect = NameDialect(rawValue: try input.text("dialect")) else {
            throw StepError(errorName: "Sluice.BadEvent", cause: "an unknown dialect of names")
        }
        self.dialect = dialect
        names = input.json["names"]?.array?.compactMap(\.string) ?? []
        key = try input.integer("key")
        customer = input.json["customer"]?.int
        amount = input.json["amount"]?.int
    }
}
