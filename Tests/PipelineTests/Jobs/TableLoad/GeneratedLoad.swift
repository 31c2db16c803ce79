import MeantSets
import Stores

@testable import Pipeline

/// A random file with what must come of it, which is known from how it was made.
struct GeneratedLoad {
    /// Numbers as they may stand in a file, and as DynamoDB returns them; nil for none that it takes.
    static let numbers: [(text: String, value: String?)] = [
        ("0", "0"), ("-0", "0"), ("+0.00", "0"), ("0e999", "0"), ("-0.0E-999", "0"),
        ("1", "1"), ("+5", "5"), ("-7", "-7"), (".5", "0.5"), ("5.", "5"), ("-.25", "-0.25"),
        ("007", "7"), ("1.50", "1.5"), ("1200", "1200"), ("1e1", "10"), ("1E+2", "100"),
        ("12.5e-1", "1.25"), ("12.5e1", "125"), ("0.001e2", "0.1"), ("1e-3", "0.001"),
        ("123456789012345678901234567890.12345678", "123456789012345678901234567890.12345678"),
        ("99999999999999999999999999999999999999", "99999999999999999999999999999999999999"),
        ("999999999999999999999999999999999999990", "999999999999999999999999999999999999990"),
        ("123456789012345678901234567890123456789", nil),
        (
            "000.000000000000000000000000000000000000000012",
            "0.000000000000000000000000000000000000000012"
        ),
        ("1e125", "1" + String(repeating: "0", count: 125)),
        ("10e125", nil), ("1e126", nil),
        (
            "9.9999999999999999999999999999999999999E+125",
            String(repeating: "9", count: 38) + String(repeating: "0", count: 88)
        ),
        ("1E-130", "0." + String(repeating: "0", count: 129) + "1"),
        ("1E-131", nil), ("0.9E-130", nil), ("1e99999999999999999999", nil),
        ("-1e-99999999999999999999", nil),
        ("NaN", nil), ("inf", nil), ("0x10", nil), ("1,5", nil), (" 1", nil), ("1 ", nil),
        ("1_000", nil), ("--1", nil), ("+", nil), (".", nil), ("-.", nil), ("1e", nil),
        ("1e+", nil),
        ("e5", nil), (".e5", nil), ("1.2.3", nil), ("1e5.0", nil), ("１", nil), ("1e5e5", nil),
    ]

    var bytes: [UInt8] = []
    var types = ""
    var columns: [String] = []
    /// What the table holds after it alone: by key, `TYPE:TEXT` by attribute.
    var items: [String: [String: String]] = [:]
    var records = 0
    var rejects = 0
    var repeated = 0

    /// - Parameter goodOnly: whether no record is to be rejected.
    init(_ random: inout SplitMix, keys: Int = 20, records: Int = 60, goodOnly: Bool = false) {
        let names = ["name", "größe", "a,b", "say \"x\"", "n1", "b1", "line\nbreak", "note"]
        columns = names.shuffled(using: &random).prefix(2 + random.next(below: 6)).sorted()
        columns.insert("customer_id", at: random.next(below: columns.count + 1))
        if random.one(in: 3) { columns.insert("", at: random.next(below: columns.count + 1)) }
        types = "n1=number,b1=boolean"
        let lineEnd = random.one(in: 2) ? "\r\n" : "\n"
        if random.one(in: 3) { bytes += [0xEF, 0xBB, 0xBF] }
        add(columns.map { Self.quoted($0, &random) }, lineEnd)
        let nameless = columns.firstIndex(of: "")
        for _ in 0..<random.next(below: records + 1) {
            if random.one(in: 15) { bytes += lineEnd.utf8 }
            self.records += 1
            var isSound = true
            var item: [String: String] = [:]
            var fields: [String] = []
            var key = ""
            for (index, column) in columns.enumerated() {
                let (text, value) = Self.field(column, keys, goodOnly, &random)
                // A nameless column that is used, now and then.
                let isUsed = index == nameless && !goodOnly && random.one(in: 40)
                fields.append(isUsed ? "x" : text)
                if column == "customer_id" { key = "S:\(text)" }
                if let value {
                    if !value.isEmpty, !column.isEmpty { item[column] = value }
                    if isUsed { isSound = false }
                } else {
                    isSound = false
                }
            }
            add(fields.map { Self.quoted($0, &random) }, lineEnd)
            guard isSound else {
                rejects += 1
                continue
            }
            if items[key] != nil { repeated += 1 }
            items[key] = item
        }
        if self.records > 0, random.one(in: 4) { bytes.removeLast(lineEnd.utf8.count) }
    }

    private mutating func add(_ fields: [String], _ lineEnd: String) {
        bytes += fields.joined(separator: ",").utf8
        bytes += lineEnd.utf8
    }

    /// - Returns: the text, and what is stored: nil for a reject, empty for nothing.
    private static func field(
        _ column: String, _ keys: Int, _ goodOnly: Bool, _ random: inout SplitMix
    ) -> (String, String?) {
        switch column {
        case "": return ("", "")
        case "customer_id":
            if !goodOnly, random.one(in: 30) { return ("", nil) }
            let key = ["k", "ключ ", "say \"q\" ", "line\nbreak", "0"][random.next(below: 5)]
            let text = "\(key)\(random.next(below: keys))"
            return (text, "S:\(text)")
        case "n1":
            if random.one(in: 5) { return ("", "") }
            let number = random.pick(numbers.filter { !goodOnly || $0.value != nil })
            return (number.text, number.value.map { "N:\($0)" })
        case "b1":
            let words: [(String, String?)] = [
                ("true", "BOOL:true"), ("FALSE", "BOOL:false"), ("True", "BOOL:true"), ("", ""),
                ("yes", nil),
            ]
            return random.pick(goodOnly ? Array(words.prefix(4)) : words)
        default:
            let words = [
                "", "plain", "two words", "ü", "a,b", "\"", "x\"\"y", "line\nbreak", "\r\n", " ",
            ]
            let text = random.pick(words) + random.pick(words)
            return (text, "S:\(text)")
        }
    }

    private static func quoted(_ text: String, _ random: inout SplitMix) -> String {
        let bytes = text.utf8
        let needsQuotes = bytes.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
        guard needsQuotes || random.one(in: 5) else { return text }
        let doubled = text.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined()
        return "\"\(doubled)\""
    }
}
