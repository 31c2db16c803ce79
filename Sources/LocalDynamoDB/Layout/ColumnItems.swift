import CScan
import JSON
import SQLite
import Stores

/// Items in rows with a column per attribute: for tables with a partition key alone, which are loaded in
/// bulk and read by other programs.
///
/// A row's id is the open hash of its key, so that rows that come in the order of slices are appended,
/// and a key is found by one search. Keys whose hashes are the same, which somebody may have sought, get
/// ids below 0 and are found through the table `collisions`.
///
/// The view `items` shows the attributes under their names, without control attributes.
final class ColumnItems: ItemStorage {
    let database: Database
    let schema: KeySchema
    private(set) var catalogue = ColumnCatalogue()
    var stamps = Stamps()
    /// The names of version attributes that are used here.
    private var versionAttributes: [String] = []
    /// Statements with all columns, made anew when there are more.
    private var insertion = ""
    private var selection = ""
    /// Takes bits out of hashes, so that a test has keys that collide.
    private let hashMask: UInt64

    init(_ database: Database, _ schema: KeySchema, hashMask: UInt64 = .max) {
        self.database = database
        self.schema = schema
        self.hashMask = hashMask
    }

    func create() throws(TableError) {
        try database.execute(
            """
            \(ColumnCatalogue.schema)
            \(Stamps.schema)
            CREATE TABLE collisions (
                hash INTEGER NOT NULL, k TEXT NOT NULL, id INTEGER NOT NULL,
                PRIMARY KEY (hash, k)) WITHOUT ROWID;
            CREATE TABLE records (
                id INTEGER PRIMARY KEY, k TEXT NOT NULL, stamp INTEGER, more TEXT);
            """)
        versionAttributes = [RunOrder.usualAttribute]
        try saveVersionAttributes()
        try makeView()
    }

    func begin() throws(TableError) {
        if try catalogue.refresh(database) || selection.isEmpty { makeStatements() }
        let names = try database.row("SELECT value FROM meta WHERE name = 'versionAttributes'") {
            (try? JSON(parsing: $0.text(0)))?.array?.compactMap(\.string) ?? []
        }
        versionAttributes = names ?? []
    }

    func rolledBack() {
        catalogue = ColumnCatalogue()
        stamps = Stamps()
        selection = ""
    }

    func isControl(_ name: String) -> Bool {
        versionAttributes.contains { RunOrder.isControl(name, attribute: $0) }
    }

    /// Takes a name as that of a version attribute from now on.
    func addVersionAttribute(_ name: String) throws(TableError) {
        guard !versionAttributes.contains(name) else { return }
        versionAttributes.append(name)
        try saveVersionAttributes()
        try makeView()
    }

    private func saveVersionAttributes() throws(TableError) {
        let names = JSON.array(versionAttributes.map { JSON($0) }).serialized()
        try database.run(
            "INSERT OR REPLACE INTO meta (name, value) VALUES ('versionAttributes', ?)",
            [.text(names)])
    }

    // MARK: Items

    func item(_ location: KeySchema.Location) throws(TableError) -> JSONObject? {
        guard let id = try id(of: location.partition) else { return nil }
        return try database.row("\(selection) WHERE id = ?", [.int(id)]) {
            row throws(TableError) in try read(row)
        }
    }

    func items(partition: [UInt8]) throws(TableError) -> [JSONObject] {
        let location = KeySchema.Location(partition: partition, sort: [])
        return try item(location).map { [$0] } ?? []
    }

    func put(_ item: JSONObject, at location: KeySchema.Location) throws(TableError) {
        var controls = JSONObject()
        var others: [JSONObject.Member] = []
        for (name, value) in item where name != schema.partition {
            if isControl(name) { controls[name] = value } else { others.append((name, value)) }
        }
        try addColumns(others.map(\.name))
        var values = [BoundValue](repeating: .null, count: 4 + catalogue.names.count)
        var more = JSONObject()
        for (name, value) in others {
            if let number = catalogue.number(of: name) {
                values[3 + number] = StoredValue.bound(value)
            } else {
                more[name] = value
            }
        }
        if let id = try id(of: location.partition) {
            values[0] = .int(id)
        } else {
            values[0] = .int(try newID(for: location.partition))
        }
        values[1] = .text(String(decoding: location.partition, as: UTF8.self))
        values[2] = BoundValue(try stamps.id(of: controls, database))
        if !more.isEmpty {
            values[3] = .text(JSON.object(more).serialized())
            try database.run("INSERT OR IGNORE INTO meta (name, value) VALUES ('overflow', '1')")
        }
        try database.run(insertion, values)
    }

    func delete(_ location: KeySchema.Location) throws(TableError) {
        guard let id = try id(of: location.partition) else { return }
        try database.run("DELETE FROM records WHERE id = ?", [.int(id)])
        if id < 0 { try database.run("DELETE FROM collisions WHERE id = ?", [.int(id)]) }
    }

    func attributeNames() throws(TableError) -> [String] {
        var names = [schema.partition] + catalogue.names.filter { !isControl($0) }
        if try database.row("SELECT 1 FROM meta WHERE name = 'overflow'", [], { _ in true }) != nil
        {
            names += try database.rows(
                """
                SELECT key FROM records, json_each(more)
                GROUP BY CAST(key AS BLOB) ORDER BY CAST(key AS BLOB)
                """
            ) { $0.text(0) }
        }
        return names
    }

    // MARK: Where a key is

    /// The id that a key has unless another one with the same hash came before it.
    @inline(__always)
    func home(of key: UnsafeRawBufferPointer) -> Int {
        let bytes = key.assumingMemoryBound(to: UInt8.self)
        return Int(
            truncatingIfNeeded: cscan_open_hash(bytes.baseAddress, key.count) >> 1 & hashMask)
    }

    /// The id of the row with that key; nil when there is none.
    private func id(of key: [UInt8]) throws(TableError) -> Int? {
        let home = key.withUnsafeBytes { self.home(of: $0) }
        let isHome = try database.row("SELECT k FROM records WHERE id = ?", [.int(home)]) {
            row throws(TableError) in
            try row.withBytes(0) { $0.elementsEqual(key) }
        }
        if isHome == true { return home }
        return try database.row(
            "SELECT id FROM collisions WHERE hash = ? AND k = ?",
            [.int(home), .text(String(decoding: key, as: UTF8.self))]
        ) { $0.int(0) }
    }

    private func newID(for key: [UInt8]) throws(TableError) -> Int {
        let home = key.withUnsafeBytes { self.home(of: $0) }
        let isTaken = try database.row("SELECT 1 FROM records WHERE id = ?", [.int(home)]) { _ in
            true
        }
        if isTaken == nil { return home }
        let lowest = try database.row("SELECT min(id) FROM records") { $0.int(0) } ?? 0
        let id = min(lowest, 0) - 1
        try database.run(
            "INSERT INTO collisions (hash, k, id) VALUES (?, ?, ?)",
            [.int(home), .text(String(decoding: key, as: UTF8.self)), .int(id)])
        return id
    }

    /// Whether any key is not at home.
    func hasCollisions() throws(TableError) -> Bool {
        try database.row("SELECT 1 FROM collisions LIMIT 1", [], { _ in true }) != nil
    }

    // MARK: Pages

    /// In the order of hashes, those of one hash in the order of their keys.
    func page(after start: KeySchema.Location?, _ limit: PageLimit) throws(TableError) -> ItemPage {
        let home = start?.partition.withUnsafeBytes { self.home(of: $0) } ?? -1
        let key = BoundValue.text(String(decoding: start?.partition ?? [], as: UTF8.self))
        let statement =
            try hasCollisions()
            ? database.prepare(
                """
                SELECT * FROM (
                    SELECT *, id AS h FROM records WHERE id >= max(?1, 0) AND (id, k) > (?1, ?2)
                    UNION ALL
                    SELECT records.*, hash AS h FROM collisions JOIN records USING (id)
                    WHERE (collisions.hash, collisions.k) > (?1, ?2))
                ORDER BY h, k LIMIT \(limit.items + 1)
                """, [.int(home), key])
            : database.prepare(
                "\(selection) WHERE id >= max(?1, 0) AND (id, k) > (?1, ?2) ORDER BY id",
                [.int(home), key])
        var page = ItemPage()
        while try statement.step(), try page.append(read(statement), limit) {}
        return page
    }

    /// A row of ``selection``.
    private func read(_ row: borrowing Database.Statement) throws(TableError) -> JSONObject {
        let type = schema.types[schema.partition] ?? "S"
        var item: JSONObject = [schema.partition: .object([type: JSON(row.text(1))])]
        for (index, name) in catalogue.names.enumerated() {
            if let value = try StoredValue.read(row, 4 + index) { item[name] = value }
        }
        if let more = row.optionalText(3) {
            guard let more = (try? JSON(parsing: more))?.object else {
                throw .internalError("an item's further attributes are damaged")
            }
            for (name, value) in more { item[name] = value }
        }
        for (name, value) in try stamps.attributes(row.optionalInt(2), database) {
            item[name] = value
        }
        return item
    }

    // MARK: Columns

    /// Gives columns to those of the attributes that have none and may have one.
    func addColumns(_ names: [String]) throws(TableError) {
        let missing = catalogue.missing(names)
        guard !missing.isEmpty else { return }
        try catalogue.add(missing, database)
        makeStatements()
        try makeView()
    }

    private func makeStatements() {
        let columns =
            ["id", "k", "stamp", "more"] + (1...).prefix(catalogue.names.count).map { "c\($0)" }
        let list = columns.joined(separator: ", ")
        selection = "SELECT \(list) FROM records"
        insertion =
            "INSERT OR REPLACE INTO records (\(list)) VALUES (?"
            + String(repeating: ", ?", count: columns.count - 1) + ")"
    }

    /// What people are shown of an attribute, in SQL over a row.
    func shown(_ name: String) -> String {
        if name.utf8.elementsEqual(schema.partition.utf8) {
            return schema.types[schema.partition] == "N" ? "CAST(k AS NUMERIC)" : "k"
        }
        if let number = catalogue.number(of: name) { return StoredValue.shown("c\(number)") }
        // Of those without a column.
        let text = name.split(separator: "'", omittingEmptySubsequences: false)
        return """
            (SELECT CASE WHEN type = 'object' THEN coalesce(value ->> '$.S', value ->> '$.N',
                value ->> '$.BOOL', value) END
             FROM json_each(more) WHERE key = '\(text.joined(separator: "''"))')
            """
    }

    private func makeView() throws(TableError) {
        var aliases = ColumnAliases()
        let names = [schema.partition] + catalogue.names.filter { !isControl($0) }
        let columns = names.map { "\(shown($0)) AS \(aliases.quoted($0))" }
        let more = "more AS \(aliases.quoted("more_attributes"))"
        try database.execute(
            """
            DROP VIEW IF EXISTS items;
            CREATE VIEW items AS SELECT \((columns + [more]).joined(separator: ", ")) FROM records;
            """)
    }
}
