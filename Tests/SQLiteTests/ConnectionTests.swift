import Glibc
import SQLite
import System
import Testing

struct ConnectionTests {
    let connection: Connection<SQLiteError>
    init() throws { connection = try Connection(":memory:") }

    @Test(
        arguments: [
            .null, .int(0), .int(.max), .int(.min), .text(""), .text("ü\0z"), .blob([]),
            .blob([0, 255]),
        ] as [BoundValue])
    func `a value comes back as it was bound`(value: BoundValue) throws {
        let found = try connection.row("SELECT ?", [value]) { row throws(SQLiteError) in
            switch row.type(0) {
            case .integer: BoundValue.int(row.int(0))
            case .text: BoundValue.text(row.text(0))
            case .blob: BoundValue.blob(try row.withBytes(0) { Array($0) })
            default: BoundValue.null
            }
        }
        #expect(found == value)
    }

    @Test func `values bound in place stay until they are bound anew`() throws {
        try connection.execute("CREATE TABLE t (a, b)")
        let insert = try connection.prepare("INSERT INTO t VALUES (?, ?)")
        let bytes = Array("onetwo".utf8)
        try bytes.withUnsafeBytes { bytes in
            try insert.bindInPlace(text: UnsafeRawBufferPointer(rebasing: bytes[..<3]), at: 0)
            try insert.bindInPlace(blob: UnsafeRawBufferPointer(rebasing: bytes[3...]), at: 1)
            for _ in 0..<2 {
                #expect(try !insert.step())
                insert.reset()
            }
            try insert.bindInPlace(text: UnsafeRawBufferPointer(start: nil, count: 0), at: 0)
            #expect(try !insert.step())
        }
        let found = try connection.rows("SELECT a, hex(b) FROM t") { $0.text(0) + " " + $0.text(1) }
        #expect(found == ["one 74776F", "one 74776F", " 74776F"])
    }

    @Test func `a parameter that is not there is an error`() {
        #expect { try connection.run("SELECT 1", [.int(1)]) } throws: {
            ($0 as? SQLiteError)?.code == 25  // SQLITE_RANGE
        }
        #expect(throws: SQLiteError.self) { try connection.run("SELECT ?", [.null, .text("b")]) }
    }

    @Test func `one text can run inside itself, with parameters of its own`() throws {
        try connection.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)")
        let sql = "SELECT a FROM t WHERE a > ?"
        let pairs = try connection.rows(sql, [.int(1)]) { outer throws(SQLiteError) in
            try connection.rows(sql, [.int(2)]) { "\(outer.int(0))\($0.int(0))" }
        }
        #expect(pairs == [["23"], ["33"]])
        // A statement that is used again has forgotten what was bound.
        #expect(try connection.rows(sql) { $0.int(0) } == [])
    }

    @Test func `a transaction is done whole or not at all`() throws {
        struct Stop: Error {}
        try connection.execute("CREATE TABLE t (a UNIQUE)")
        try connection.transaction { () throws(SQLiteError) in
            try connection.run("INSERT INTO t VALUES (1)")
        }
        #expect(throws: SQLiteError.self) {
            try connection.transaction { () throws(SQLiteError) in
                try connection.run("INSERT INTO t VALUES (2)")
                try connection.run("INSERT INTO t VALUES (1)")
            }
        }
        #expect(try connection.rows("SELECT a FROM t") { $0.int(0) } == [1])
    }

    @Test func `a file is made for its owner only, and only where it may be`() throws {
        let directory = "/tmp/sluice-test-" + randomHexadecimal(bytes: 8)
        try FileSystem.makeDirectory(directory)
        defer { try? FileSystem.removeTree(directory) }
        let path = directory + "/a.sqlite"
        for access in [Connection<SQLiteError>.Access.readWrite, .readOnly] {
            #expect(throws: SQLiteError.self) { try Connection(path, access: access) }
        }
        let made = try Connection<SQLiteError>(path)
        try made.execute("CREATE TABLE t (a)")
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        let reader = try Connection<SQLiteError>(path, access: .readOnly)
        #expect(throws: SQLiteError.self) { try reader.run("INSERT INTO t VALUES (1)") }
    }
}
