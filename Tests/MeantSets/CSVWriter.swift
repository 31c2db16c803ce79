/// How one file is written down: everything that RFC 4180 and practice leave open.
struct CSVWriter {
    var delimiter: UInt8 = UInt8(ascii: ",")
    var random: SplitMix

    mutating func file(columns: [String], records: [[String]], extra: Int) -> [UInt8] {
        var columns = columns
        var values = records
        for index in 0..<extra {
            columns.append("note \(index)")
            for record in values.indices { values[record].append(note()) }
        }
        var order = Array(columns.indices)
        order.shuffle(using: &random)
        let lineEnds = random.pick([["\n"], ["\r\n"], ["\n", "\r\n"], ["\n", "\n\n", "\r\n\r\n"]])
        let quotes = random.pick([0, 1, 3])
        var text = random.one(in: 3) ? "\u{FEFF}" : ""
        let rows = [columns] + values
        for (index, row) in rows.enumerated() {
            let fields = order.map { field(row[$0], quotes: quotes, isAlone: order.count == 1) }
            text += fields.joined(separator: String(UnicodeScalar(delimiter)))
            if index < rows.count - 1 || random.one(in: 2) { text += random.pick(lineEnds) }
        }
        return Array(text.utf8)
    }

    private mutating func field(_ value: String, quotes: Int, isAlone: Bool) -> String {
        let bytes = value.utf8
        let must =
            bytes.contains(delimiter) || bytes.contains(UInt8(ascii: "\""))
            || bytes.contains(0x0A) || bytes.contains(0x0D) || isAlone && bytes.isEmpty
        guard must || quotes > 0 && random.one(in: quotes) else { return value }
        var result = "\""
        for scalar in value.unicodeScalars {
            if scalar == "\"" { result += "\"" }
            result.unicodeScalars.append(scalar)
        }
        return result + "\""
    }

    private mutating func note() -> String {
        random.pick([
            "", "x", "a,b", "line\nline", "\"", "C1,O1,5\r\nC1,O2,6\r\n", "é😀", "\",\"\n\",\"",
            ";|\t",
            "\n", "0",
        ])
    }
}
