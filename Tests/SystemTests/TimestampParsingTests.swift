import System
import Testing

struct TimestampParsingTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-01-05T10:00:00.5Z", 1_767_607_200_500),
            ("2026-01-05T12:00:00+02:00", 1_767_607_200_000),
            ("2026-01-05T09:30:00.123456789-00:30", 1_767_607_200_123),
            ("2024-02-29 00:00:00z", 1_709_164_800_000), ("2023-02-29T00:00:00Z", nil),
            ("2026-01-05T10:00:00", nil), ("2026-01-05", nil), ("2026-13-05T10:00:00Z", nil),
            ("2026-01-05T10:00:00.Z", nil), ("2026-01-05T10:00:00Zx", nil), ("", nil),
            ("2026-01-05T10:00:00+2", nil), ("2026-01-05T10:00:00+", nil),
            ("tomorrow, or later.", nil), ("2026-01-05T10:00:00+24:00", nil),
            ("2016-12-31T23:59:60Z", 1_483_228_800_000), ("1969-12-31T23:59:59.5Z", -500),
            ("0000-01-01T00:00:00Z", -62_167_219_200_000),
            // Credentials may never expire.
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ] as [(String, Int?)])
    func `times as RFC 3339 writes them`(text: String, milliseconds: Int?) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Sun, 06 Nov 1994 08:49:37", nil),
            ("Sunday, 06-Nov-94 08:49:37 GMT", nil), ("", nil),
            ("Sun, 06 Nov 1994 25:49:37 GMT", nil),
        ] as [(String, Int?)])
    func `times as HTTP writes them`(text: String, seconds: Int?) {
        #expect(Timestamp(httpDate: text).map { $0.nanoseconds / 1_000_000_000 } == seconds)
    }

    @Test(arguments: [
        ("2026-08-18T17:33:00Z", 1_787_074_380), ("1970-01-01T00:00:00Z", 0),
        ("2000-02-29T23:59:59.999Z", 951_868_799), ("1969-12-31T23:59:59Z", -1),
        ("2026-08-18T19:33:00+02:00", 1_787_074_380), ("2026-08-18T12:03:00-05:30", 1_787_074_380),
    ])
    func `a strictly read time is a moment`(text: String, seconds: Int) {
        #expect(Timestamp(rfc3339: text, strictly: true)?.wholeSeconds == seconds)
    }

    @Test(arguments: [
        "", "2026-08-18", "2026-08-18t17:33:00Z", "2026-08-18T17:33:00z", "2026-08-18T17:33:00",
        "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-08-18T24:00:00Z",
        "2026-08-18T17:33:00.Z", "2026-08-18T17:33:60Z", "2026-08-18T17:33:00+0200",
        "2026-08-18T17:33:00Z ",
        "２026-08-18T17:33:00Z", "2026-08-18T17:33Z",
    ])
    func `what the Amazon States Language does not take is no moment`(text: String) {
        #expect(Timestamp(rfc3339: text, strictly: true) == nil)
    }
}
