#if canImport(Glibc)
import Glibc
#endif

extension Timestamp {
    /// Reads RFC 3339 §5.6, as AWS and others write expirations: `2026-01-05T10:00:00Z`, with a
    /// fraction of a second, of which nine digits count, or with an offset in place of the `Z`.
    /// Nil when it is none.
    public init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= bytes.count,
                bytes[range].allSatisfy({ 0x30...0x39 ~= $0 })
            else { return nil }
            return bytes[range].reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }
        guard bytes.count >= 20, bytes[4] == 0x2D, bytes[7] == 0x2D,
            [0x54, 0x74, 0x20].contains(bytes[10]), bytes[13] == 0x3A, bytes[16] == 0x3A,
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19)
        else { return nil }
        var at = 19
        var fraction = 0
        if bytes[at] == UInt8(ascii: ".") {
            let digits = bytes[(at + 1)...].prefix { 0x30...0x39 ~= $0 }
            guard !digits.isEmpty else { return nil }
            for place in 0..<9 {
                let digit = place < digits.count ? digits[digits.startIndex + place] - 0x30 : 0
                fraction = fraction * 10 + Int(digit)
            }
            at = digits.endIndex
        }
        var offsetMinutes = 0
        switch bytes[at...].first {
        case UInt8(ascii: "Z")?, UInt8(ascii: "z")?: at += 1
        case UInt8(ascii: "+")?, UInt8(ascii: "-")?:
            guard let hours = number((at + 1)..<(at + 3)),
                let minutes = number((at + 4)..<(at + 6)),
                bytes[at + 3] == UInt8(ascii: ":")
            else { return nil }
            offsetMinutes = (hours * 60 + minutes) * (bytes[at] == UInt8(ascii: "-") ? -1 : 1)
            at += 6
        default: return nil
        }
        guard at == bytes.count,
            let seconds = Self.seconds(year, month, day, hour, minute, second)
        else { return nil }
        self.init(nanoseconds: (seconds - offsetMinutes * 60) * 1_000_000_000 + fraction)
    }

    /// Reads the preferred form of RFC 9110 §5.6.7, `Sun, 06 Nov 1994 08:49:37 GMT`; nil for others.
    public init?(httpDate text: String) {
        let words = text.split(separator: " ")
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        guard words.count == 6, words[5] == "GMT", let day = Int(words[1]),
            let year = Int(words[3]),
            let month = months.firstIndex(of: String(words[2]))
        else { return nil }
        let clock = words[4].split(separator: ":").compactMap { Int($0) }
        guard clock.count == 3,
            let seconds = Self.seconds(year, month + 1, day, clock[0], clock[1], clock[2])
        else { return nil }
        self.init(nanoseconds: seconds * 1_000_000_000)
    }

    /// Seconds since 1970 of a date and time in UTC; nil when there is no such date.
    private static func seconds(
        _ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int, _ second: Int
    ) -> Int? {
        guard 1970...2200 ~= year, 1...12 ~= month, 1...31 ~= day, 0...23 ~= hour,
            0...59 ~= minute, 0...60 ~= second
        else { return nil }
        var parts = tm()
        parts.tm_year = Int32(year - 1900)
        parts.tm_mon = Int32(month - 1)
        parts.tm_mday = Int32(day)
        parts.tm_hour = Int32(hour)
        parts.tm_min = Int32(minute)
        parts.tm_sec = Int32(second)
        let seconds = timegm(&parts)
        // The 31st of a shorter month has become another day.
        return parts.tm_mday == Int32(day) || second == 60 ? seconds : nil
    }
}
