import JSON
import SQLite

/// The sets of control attributes that items have, each once: the many items that a run wrote share one,
/// which they refer to by a small number instead of 80 bytes of versions.
struct Stamps {
    static let schema =
        "CREATE TABLE stamps (id INTEGER PRIMARY KEY, attributes TEXT NOT NULL UNIQUE);"
    /// Sets that are remembered.
    private static let maximumCached = 1000

    private var cached: [Int: JSONObject] = [:]

    /// The attributes of a stamp.
    mutating func attributes(_ id: Int?, _ database: Database) throws(TableError) -> JSONObject {
        guard let id else { return [:] }
        if let known = cached[id] { return known }
        let text = try database.row("SELECT attributes FROM stamps WHERE id = ?", [.int(id)]) {
            $0.text(0)
        }
        guard let text, let attributes = (try? JSON(parsing: text))?.object else {
            throw .internalError("the control attributes \(id) are damaged")
        }
        if cached.count >= Self.maximumCached { cached = [:] }
        cached[id] = attributes
        return attributes
    }

    /// The stamp for these attributes, made when there is none; nil for no attributes.
    func id(of attributes: JSONObject, _ database: Database) throws(TableError) -> Int? {
        if attributes.isEmpty { return nil }
        let sorted = attributes.sorted { CodePoints($0.name) < CodePoints($1.name) }
        let text = JSON.object(JSONObject(sorted.map { ($0.name, $0.value) })).serialized()
        try database.run("INSERT OR IGNORE INTO stamps (attributes) VALUES (?)", [.text(text)])
        return try database.row("SELECT id FROM stamps WHERE attributes = ?", [.text(text)]) {
            $0.int(0)
        }
    }
}
