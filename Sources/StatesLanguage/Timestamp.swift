/// A moment from an RFC 3339 text, to the nanosecond.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Seconds since 1970-01-01T00:00:00Z.
    public let seconds: Int
    /// 0 to 999,999,999.
    public let nanoseconds: Int

    /// The moment `seconds` and `nanoseconds` (0 to 999,999,999) after 1970-01-01T00:00:00Z.
    public init(seconds: Int, nanoseconds: Int = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// Reads `2026-08-18T17:33:00.25+02:00`; `T` and `Z` in upper case, as the language demands.
    ///
    /// Nil for anything else, for a date that does not exist and for an hour of 24 or more.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= bytes.count,
                bytes[range].allSatisfy({ (0x30...0x39).contains($0) })
            else { return nil }
            return bytes[range].reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }
        func has(_ byte: Character, at index: Int) -> Bool {
            index < bytes.count && bytes[index] == byte.asciiValue
        }
        guard let year = number(0..<4), has("-", at: 4), let month = number(5..<7),
            has("-", at: 7), let day = number(8..<10), has("T", at: 10),
            let hour = number(11..<13), has(":", at: 13), let minute = number(14..<16),
            has(":", at: 16), let second = number(17..<19),
            (1...12).contains(month), day >= 1, day <= Timestamp.days(in: month, of: year),
            hour < 24, minute < 60, second < 60
        else { return nil }
        var at = 19
        var nanoseconds = 0
        if has(".", at: at) {
            at += 1
            let start = at
            var scale = 100_000_000
            while let digit = number(at..<at + 1) {
                nanoseconds += digit * scale
                scale /= 10
                at += 1
            }
            if at == start { return nil }
        }
        var offset = 0
        if has("Z", at: at) {
            at += 1
        } else if has("+", at: at) || has("-", at: at) {
            guard let hours = number(at + 1..<at + 3), has(":", at: at + 3),
                let minutes = number(at + 4..<at + 6), hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * (has("-", at: at) ? -60 : 60)
            at += 6
        } else {
            return nil
        }
        guard at == bytes.count else { return nil }
        let days = Timestamp.daysSinceEpoch(year, month, day)
        seconds = ((days * 24 + hour) * 60 + minute) * 60 + second - offset
        self.nanoseconds = nanoseconds
    }

    /// Earlier.
    public static func < (a: Timestamp, b: Timestamp) -> Bool {
        (a.seconds, a.nanoseconds) < (b.seconds, b.nanoseconds)
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970-01-01 in the Gregorian calendar, after Howard Hinnant's `days_from_civil`.
    private static func daysSinceEpoch(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
