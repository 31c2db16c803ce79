import JSON
import MeantSets
import Pipeline
import System

/// A random file for the jobs of one file, with what must come of it, which is known from how it was
/// made: quoted line breaks, both line ends, blank lines, keys that repeat, readings that are none.
struct MeantReadings {
    struct Wrong: Error { var what: String }

    /// Readings as they stand in a file, and whether they are above 4.7.
    static let readings: [(text: String, isAbove: Bool)] = [
        ("4.7", false), ("4.70", false), ("4.71", true), ("9", true), ("1e1", true), ("-3", false),
        ("+5", true), ("", false), ("high", false), ("0x10", false), (" 9", false), ("NaN", false),
    ]
    static let columns = ["reading", "customer_id", "note"]

    private(set) var bytes: [UInt8] = []
    /// What threshold-filter is to write.
    private(set) var filtered: [UInt8] = []
    /// What table-load is to leave in an empty table: an item's attributes by its key.
    private(set) var items: [String: [String: String]] = [:]

    init(seed: UInt64, records: Int) {
        var random = SplitMix(seed: seed)
        let lineEnd = random.pick(["\n", "\r\n"])
        let header = Array((Self.columns.joined(separator: ",") + lineEnd).utf8)
        bytes = header
        filtered = header
        for _ in 0..<records {
            if random.one(in: 10) { bytes += lineEnd.utf8 }
            let reading = random.pick(Self.readings)
            let fields = [
                reading.text, "K\(random.next(below: max(1, records / 2)))",
                random.pick(["", "x", "line\nline", "9,K1,\r\n9,K2,z\r\n", "say \"é\"", "\"", "\n"])
                    + String(random.next(below: 1000)),
            ]
            let record = Array(
                (fields.map { Self.written($0, &random) }.joined(separator: ",") + lineEnd).utf8)
            bytes += record
            if reading.isAbove { filtered += record }
            items[fields[1]] = Dictionary(uniqueKeysWithValues: zip(Self.columns, fields))
        }
    }

    private static func written(_ field: String, _ random: inout SplitMix) -> String {
        let bytes = field.utf8
        let needsQuotes = bytes.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
        guard needsQuotes || random.one(in: 4) else { return field }
        return "\"" + field.replacing("\"", with: "\"\"") + "\""
    }

    /// Looks at what a job has left in a home.
    /// - Throws: ``Wrong``, with what differs.
    func check(_ job: String, in sluice: SluiceProcess) throws {
        if job == ThresholdFilter.name {
            let found = try FileSystem.contents(
                of: sluice.home + "/buckets/filtered/threshold-filter/readings.csv")
            guard found == filtered else {
                throw Wrong(what: "\(found.count) bytes, \(filtered.count) expected")
            }
        } else {
            let found = try Self.items(of: TableLoad.name, in: sluice)
            guard found == items else {
                throw Wrong(what: "\(found.count) items, \(items.count) expected")
            }
        }
    }

    /// What `sluice table` tells of a table whose attributes are all strings.
    static func items(
        of table: String, in sluice: SluiceProcess
    ) throws -> [String: [String: String]] {
        var items: [String: [String: String]] = [:]
        for line in try sluice("table", table).lines {
            var item: [String: String] = [:]
            for member in try JSON(parsing: line).object ?? [:] {
                item[member.name] = member.value.string
            }
            items[item["customer_id"] ?? ""] = item
        }
        return items
    }
}
