public import JSON
import Synchronization
import System

/// A part of DynamoDB over SQLite: its JSON requests, its answers, its errors. Each request is atomic
/// in each table.
///
/// A table is one file, `NAME.sqlite` in the store's directory, with a lock and a connection of its own:
/// work on one table waits for none on another. Several processes may have the same tables open.
///
/// Not supported: document paths (`a.b`, `a[0]`), ADD and DELETE in updates, `contains`, `size`,
/// `attribute_type`, `IN`, projections, filters, secondary indexes, transactions, streams, TTL.
/// What is not supported is refused, never ignored. Reserved words may be used as names.
public final class TableStore: Sendable {
    /// DynamoDB's limit for an item: its names and values.
    ///
    /// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
    public static let maximumItemBytes = 400 << 10

    private static let suffix = ".sqlite"

    private let directory: String
    private let hashMask: UInt64
    private let entries = Mutex<[String: Entry]>([:])

    /// A table that has been used: its file, once it is open.
    private final class Entry: Sendable {
        let file = Monitor<TableFile?>(nil)
    }

    /// Opens the tables of a directory, which is made when it is missing.
    public convenience init(_ directory: String) throws(TableError) {
        try self.init(directory, hashMask: .max)
    }

    /// - Parameter hashMask: see ``ColumnItems``.
    init(_ directory: String, hashMask: UInt64) throws(TableError) {
        do {
            try FileSystem.makeDirectory(directory)
        } catch { throw .internalError("\(error)") }
        self.directory = directory
        self.hashMask = hashMask
    }

    /// One operation of the DynamoDB API, named without its version, with request and answer in
    /// DynamoDB's JSON.
    public func call(_ action: String, _ request: JSON) throws(TableError) -> JSON {
        guard let operation = Operation.all[action] else {
            throw TableError(
                code: "UnknownOperationException",
                message: "\(action) is not one of \(Operation.all.keys.sorted())")
        }
        let accepted = operation.parameters.union(Operation.ignored)
        for name in request.object?.names ?? [] where !accepted.contains(name) {
            throw .validation("\(name) is not supported in \(action)")
        }
        return try operation.run(self, request)
    }

    /// The names of the tables, sorted by their UTF-8 bytes.
    public func tableNames() throws(TableError) -> [String] {
        do throws(SystemError) {
            return try FileSystem.names(in: directory)
                .filter { $0.hasSuffix(Self.suffix) }
                .map { String($0.dropLast(Self.suffix.utf8.count)) }
                .filter(TableName.isValid)
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        } catch { throw .internalError("\(error)") }
    }

    /// The file of a table of that name.
    public func path(ofTable name: String) -> String { "\(directory)/\(name)\(Self.suffix)" }

    /// Works on a table alone.
    /// - Parameter writes: whether `body` changes anything.
    /// - Throws: `ResourceNotFoundException` when there is no such table.
    func withTable<Result>(
        _ text: String, writes: Bool, _ body: (TableFile) throws(TableError) -> Result
    ) throws(TableError) -> Result {
        let name = try existing(text)
        return try entry(name).file.withLock { file throws(TableError) in
            let table = try opened(&file, name)
            return try table.transaction(writes: writes) { () throws(TableError) in
                try body(table)
            }
        }
    }

    /// Works on a table alone, outside of a transaction.
    func withFile<Result>(
        _ text: String, _ body: (TableFile) throws(TableError) -> Result
    ) throws(TableError) -> Result {
        let name = try existing(text)
        return try entry(name).file.withLock { file throws(TableError) in
            try body(opened(&file, name))
        }
    }

    func create(_ name: String, _ description: JSON) throws(TableError) {
        try entry(name).file.withLock { file throws(TableError) in
            guard file == nil else { throw .inUse(name) }
            file = try TableFile(
                creating: path(ofTable: name), name, description, hashMask: hashMask)
        }
    }

    /// - Returns: the description of the table that was there.
    func drop(_ text: String) throws(TableError) -> JSON {
        let name = try existing(text)
        return try entry(name).file.withLock { file throws(TableError) in
            let description = try opened(&file, name).description
            // Closing writes the log back and removes its files.
            file = nil
            do {
                for end in ["-wal", "-shm", ""] where try exists(path(ofTable: name) + end) {
                    try FileSystem.remove(path(ofTable: name) + end)
                }
            } catch { throw .internalError("\(error)") }
            return description
        }
    }

    /// The name, without what an ARN has before it, of a table whose file is there.
    private func existing(_ text: String) throws(TableError) -> String {
        let name = text.split(separator: "/").last.map(String.init) ?? text
        guard TableName.isValid(name) else { throw .notFound(name) }
        guard try exists(path(ofTable: name)) else { throw .notFound(name) }
        return name
    }

    private func exists(_ path: String) throws(TableError) -> Bool {
        do throws(SystemError) { return try FileStatus(of: path) != nil } catch {
            throw .internalError("\(error)")
        }
    }

    private func entry(_ name: String) -> Entry {
        entries.withLock { entries in
            if let entry = entries[name] { return entry }
            let entry = Entry()
            entries[name] = entry
            return entry
        }
    }

    private func opened(_ file: inout TableFile?, _ name: String) throws(TableError) -> TableFile {
        if let file { return file }
        guard let opened = try TableFile(opening: path(ofTable: name), name, hashMask: hashMask)
        else {
            throw .notFound(name)
        }
        file = opened
        return opened
    }
}

/// What a table may be called: as in DynamoDB, but for the room that the file's ending takes.
enum TableName {
    static let bytes = 3...240

    static func isValid(_ name: String) -> Bool {
        bytes.contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "_-.".utf8.contains(byte)
                }
            }
    }
}
