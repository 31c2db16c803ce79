/// Numbers as people read and write them.
enum Quantities {
    /// 1536 → `1.5 KiB`.
    static func bytes(_ count: Int) -> String {
        var value = Double(count)
        for unit in ["B", "KiB", "MiB", "GiB"] {
            if value < 1024 { return "\(unit == "B" ? String(count) : oneDecimal(value)) \(unit)" }
            value /= 1024
        }
        return "\(oneDecimal(value)) TiB"
    }

    /// 0.0421 → `42 ms`, 4.21 → `4.2 s`, 421 → `7 min 1 s`.
    static func duration(_ seconds: Double) -> String {
        let milliseconds = Int((seconds * 1000).rounded())
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        if milliseconds < 60_000 { return "\(oneDecimal(seconds)) s" }
        let whole = Int(seconds.rounded())
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }

    /// 1234567 → `1,234,567`.
    static func count(_ value: Int) -> String {
        var digits = String(abs(value))
        var groups: [Substring] = []
        while digits.count > 3 {
            groups.insert(digits.suffix(3), at: 0)
            digits.removeLast(3)
        }
        return (value < 0 ? "-" : "") + ([Substring(digits)] + groups).joined(separator: ",")
    }

    /// `64K`, `8M`, `1G` in powers of 1024, or plain bytes; nil when it is none of these.
    static func parseBytes(_ text: String) -> Int? {
        let shifts: [Character: Int] = ["K": 10, "M": 20, "G": 30]
        let shift = text.last.flatMap { shifts[Character($0.uppercased())] }
        let digits = shift == nil ? text[...] : text.dropLast()
        guard digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let value = Int(digits), value > 0,
            value <= Int.max >> 31
        else { return nil }
        return value << (shift ?? 0)
    }

    private static func oneDecimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
