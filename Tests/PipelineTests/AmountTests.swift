import MeantSets
import Testing

@testable import Pipeline

@Suite struct AmountTests {
    static func amount(_ text: String) throws(Amount.Failure) -> Amount {
        // A copy of exactly that size, so that a sanitizer sees a read past it.
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.utf8.count)
        defer { bytes.deallocate() }
        _ = bytes.initialize(from: text.utf8)
        return try Amount(UnsafeBufferPointer(bytes))
    }

    static func print(_ amount: Amount) -> String {
        var bytes: [UInt8] = []
        let scale = max(2, amount.scale)
        let units = amount.units * Amount.powersOfTen[scale - amount.scale]
        Amount.write(units, scale: scale, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [
        ("0", "0.00"), ("-0", "0.00"), ("+0", "0.00"), ("0.0000", "0.00"), ("1", "1.00"),
        ("1.5", "1.50"), ("12.345", "12.345"), ("12.340", "12.34"), ("12.300", "12.30"),
        ("12.000", "12.00"), (".5", "0.50"), ("5.", "5.00"), ("-.5", "-0.50"), ("-5.", "-5.00"),
        ("+.5", "0.50"), ("+7", "7.00"), ("007", "7.00"), ("00.10", "0.10"), ("-0.001", "-0.001"),
        ("0.07", "0.07"), ("9007199254740993.01", "9007199254740993.01"),
        ("999999999999999999", "999999999999999999.00"),
        ("9999999999999999999", "9999999999999999999.00"),
        ("-999999999999999999.9", "-999999999999999999.90"),
        ("99999999999999999.99", "99999999999999999.99"),
        ("123456789012345678901234567890123456.78", "123456789012345678901234567890123456.78"),
        ("999999999999999999999999999999999999.99", "999999999999999999999999999999999999.99"),
        ("-999999999999999999999999999999999999", "-999999999999999999999999999999999999.00"),
        ("0.00000000000000000000000000000000000001", "0.00000000000000000000000000000000000001"),
        ("1.0000000000000000000000000000000000001", "1.0000000000000000000000000000000000001"),
        ("000000000000000000000000000000000000000000000000001", "1.00"),
    ])
    func `a number is read and printed exactly`(text: String, printed: String) throws {
        #expect(try Self.print(Self.amount(text)) == printed)
    }

    @Test(arguments: [
        "", " ", "-", "+", ".", "-.", "+.", "--1", "+-1", "-+1", "1-", "1+", "1e2", "1E2", "1,5",
        "1.000,50", "1,000.50", "1 000", " 1", "1 ", "1\n", "1.2.3", "..1", "1..", "0x10", "1_000",
        "€5", "5€", "$1", "NaN", "nan", "inf", "Infinity", "１", "٣", "1\u{0}", "½", "(5)", "5%",
        "'1", "abc", "1.2abc", "12345678901234567890x", "12345678901234567890.1.1",
        "123456789012345678901234567890123456789012345678901234567890x",
    ])
    func `what is no plain decimal is refused`(text: String) {
        #expect(throws: Amount.Failure.notANumber) { try Self.amount(text) }
    }

    @Test(arguments: [
        "123456789012345678901234567890123456789", "-100000000000000000000000000000000000000",
        // Fits 38 digits, but not with the two behind the point that sums have.
        "1234567890123456789012345678901234567", "123456789012345678901234567890123456.789",
        "0.000000000000000000000000000000000000001", "0.000000000000000000000000000000000000000",
        String(repeating: "9", count: 5000),
    ])
    func `what takes more than 38 digits is out of range`(text: String) {
        #expect(throws: Amount.Failure.outOfRange) { try Self.amount(text) }
    }

    @Test(arguments: 0..<4)
    func `random texts are read as a decimal of any length reads them`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        for _ in 0..<1500 {
            var text = random.pick(["", "", "-", "+"])
            let digits = random.pick([1, 5, 17, 18, 19, 20, 37, 38, 39])
            for _ in 0..<1 + random.next(below: digits) { text += String(random.next(below: 10)) }
            if random.one(in: 2) {
                let at = text.index(text.startIndex, offsetBy: random.next(below: text.count + 1))
                text.insert(".", at: at)
            }
            if random.one(in: 20) {
                let at = text.index(text.startIndex, offsetBy: random.next(below: text.count + 1))
                text.insert(random.pick([" ", "e", ".", "-", "+", ","]), at: at)
            }
            let expected = BigDecimal(text)
            do throws(Amount.Failure) {
                let amount = try Self.amount(text)
                #expect(expected?.money == Self.print(amount), "seed \(seed), \(text)")
                #expect(amount.scale == expected?.scale, "seed \(seed), \(text)")
            } catch .notANumber {
                #expect(expected == nil, "seed \(seed), \(text)")
            } catch {
                guard let expected else {
                    Issue.record("seed \(seed): \(text) is no number, not out of range")
                    continue
                }
                let needed = expected.scaled(to: max(2, expected.scale)).significantDigits
                #expect(needed > 38 || expected.scale > 38, "seed \(seed), \(text)")
            }
        }
    }

    @Test func `the short way and the long way agree`() throws {
        var random = SplitMix(seed: 5)
        for _ in 0..<2000 {
            var text = random.one(in: 3) ? "-" : ""
            for _ in 0..<1 + random.next(below: 19) {
                text += random.one(in: 9) ? "." : String(random.next(below: 10))
            }
            let bytes = Array(text.utf8)
            guard let short = bytes.withUnsafeBufferPointer({ Amount.short($0) }) else { continue }
            // Zeros in front change nothing but the way that is taken.
            let long = try Self.amount(
                (text.hasPrefix("-") ? "-" : "") + String(repeating: "0", count: 20)
                    + text.drop { $0 == "-" })
            #expect(Int128(short.units) == long.units && short.scale == long.scale, "\(text)")
        }
    }

    @Test func `the oracle itself adds up`() {
        func sum(_ texts: String...) -> String {
            texts.reduce(BigDecimal.zero) { $0 + BigDecimal($1)! }.money
        }
        #expect(sum("0.1", "0.2") == "0.30")
        #expect(sum("1", "-1") == "0.00")
        #expect(sum("-5", "3.5") == "-1.50")
        #expect(sum("999.99", "0.01") == "1000.00")
        #expect(sum("1000", "-0.001") == "999.999")
        #expect(BigDecimal("1.2.3") == nil)
        #expect(BigDecimal("") == nil)
    }
}
