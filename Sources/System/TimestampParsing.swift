extension Timestamp {
    /// Reads RFC 3339 §5.6: `2026-08-18T17:33:00.25+02:00`, in any year from 0 to 9999. Of a fraction
    /// nine digits count. Nil when it is none, or a date that does not exist.
    /// - Parameter isStrict: whether only `T` and `Z` will do, and no leap second, as the Amazon States
    ///   Language demands. Otherwise `t`, `z`, a space in place of the `T` and a second of 60 are read
    ///   too, as the RFC allows.
    public init?(rfc3339 text: String, strictly isStrict: Bool = false) {
        var reader = DigitReader(bytes: Array(text.utf8))
        let separators: [Character] = isStrict ? ["T"] : ["T", "t", " "]
        guard let year = reader.number(digits: 4), reader.skip(["-"]),
            let month = reader.number(digits: 2), reader.skip(["-"]),
            let day = reader.number(digits: 2), reader.skip(separators),
            let hour = reader.number(digits: 2), reader.skip([":"]),
            let minute = reader.number(digits: 2), reader.skip([":"]),
            let second = reader.number(digits: 2), second < (isStrict ? 60 : 61),
            let seconds = Self.seconds(year, month, day, hour, minute, second)
        else { return nil }
        var nanoseconds = 0
        if reader.skip(["."]) {
            guard let fraction = reader.fraction() else { return nil }
            nanoseconds = fraction
        }
        var offset = 0
        if !reader.skip(isStrict ? ["Z"] : ["Z", "z"]) {
            let isBehind = reader.skip(["-"])
            guard isBehind || reader.skip(["+"]), let hours = reader.number(digits: 2), hours < 24,
                reader.skip([":"]), let minutes = reader.number(digits: 2), minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * (isBehind ? -60 : 60)
        }
        guard reader.isAtEnd else { return nil }
        self.init(wholeSeconds: seconds - offset, nanosecondsOfSecond: nanoseconds)
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
        self.init(wholeSeconds: seconds)
    }

    /// Seconds since 1970 of a date and time in UTC; nil when there is no such date. A second of 60 is
    /// the first of the next minute.
    private static func seconds(
        _ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int, _ second: Int
    ) -> Int? {
        guard 0...9999 ~= year, 1...12 ~= month, 1...days(in: month, of: year) ~= day,
            0...23 ~= hour, 0...59 ~= minute, 0...60 ~= second
        else { return nil }
        return ((daysSinceEpoch(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
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

/// Reads ASCII digits and the characters between them.
private struct DigitReader {
    let bytes: [UInt8]
    private var at = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { at == bytes.count }

    /// Exactly so many digits; nil when there are fewer.
    mutating func number(digits: Int) -> Int? {
        var value = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// All digits that follow, at least one, as a fraction of a second in nanoseconds.
    mutating func fraction() -> Int? {
        guard var nanoseconds = digit().map({ $0 * 100_000_000 }) else { return nil }
        var scale = 10_000_000
        while let digit = digit() {
            nanoseconds += digit * scale
            scale /= 10
        }
        return nanoseconds
    }

    /// Takes one of the characters, if it is next.
    mutating func skip(_ characters: [Character]) -> Bool {
        guard at < bytes.count, characters.contains(where: { $0.asciiValue == bytes[at] }) else {
            return false
        }
        at += 1
        return true
    }

    private mutating func digit() -> Int? {
        guard at < bytes.count, 0x30...0x39 ~= bytes[at] else { return nil }
        defer { at += 1 }
        return Int(bytes[at] - 0x30)
    }
}
