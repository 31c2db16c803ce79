import Testing

@testable import LocalDynamoDB

struct DecimalNumberTests {
    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("0.00", "0"), ("007", "7"), ("1e3", "1000"), ("1E-3", "0.001"),
        ("-12.50", "-12.5"), ("+5", "5"), (".5", "0.5"), ("100", "100"), ("1.5e1", "15"),
        ("99999999999999999999999999999999999999", "99999999999999999999999999999999999999"),
    ])
    func `a number is written in its shortest form`(text: String, expected: String) {
        #expect(DecimalNumber(text)?.description == expected)
    }

    @Test(arguments: [
        "", "-", ".", "1.2.3", "abc", "1e", "1 ", "NaN", "1e126", "1e-131", "0x10",
        "123456789012345678901234567890123456789",
    ])
    func `what is no number, or too large, or too long, is refused`(text: String) {
        #expect(DecimalNumber(text) == nil)
    }

    @Test(arguments: [
        ("0.1", "0.2", "0.3"), ("1", "-1", "0"), ("-5", "3", "-2"), ("5", "-3", "2"),
        ("99", "1", "100"), ("1000", "-0.001", "999.999"), ("-2", "-3", "-5"), ("0", "7", "7"),
        ("1e30", "1", "1000000000000000000000000000001"),
    ])
    func `sums are exact`(a: String, b: String, sum: String) throws {
        let (a, b) = (try #require(DecimalNumber(a)), try #require(DecimalNumber(b)))
        #expect((a + b).description == sum)
        #expect((b + a).description == sum)
    }

    @Test func `numbers sort by value`() throws {
        let texts = ["-10", "-9.5", "-0.1", "0", "0.01", "2", "10", "1e20"]
        let numbers = texts.compactMap { DecimalNumber($0) }
        #expect(numbers.shuffled().sorted() == numbers)
    }
}
