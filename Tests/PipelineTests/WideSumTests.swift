import MeantSets
import Testing

@testable import Pipeline

extension BigDecimal {
    /// The oracle's reading of units and scale.
    init(_ units: Int128, scale: Int) {
        let digits = String(units.magnitude)
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
        let point = padded.index(padded.endIndex, offsetBy: -scale)
        self.init((units < 0 ? "-" : "") + padded[..<point] + "." + padded[point...])!
    }

    /// Digits of the number as a message has it, from the first that is not zero.
    var moneyDigits: Int { money.filter(\.isNumber).drop { $0 == "0" }.count }
}

@Suite struct WideSumTests {
    /// Amounts of up to 38 digits at any scale, many at the edge of what is accepted.
    static func amount(_ random: inout SplitMix) -> Amount {
        let scale = random.pick([0, 1, 2, 2, 3, 19, 20, 37, 38, random.next(below: 39)])
        let most = 38 - max(0, 2 - scale)
        let digits = random.pick([1, 9, 18, 19, 20, most - 1, most])
        let text =
            random.one(in: 3)
            ? String(repeating: "9", count: digits)
            : (0..<digits).map { _ in String(random.next(below: 10)) }.joined()
        let units = Int128(text)!
        return Amount(units: random.one(in: 2) ? units : -units, scale: scale)
    }

    static func print(_ amount: Amount) -> String {
        var bytes: [UInt8] = []
        Amount.write(amount.units, scale: amount.scale, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: 0..<8)
    func `sums of any amounts are those of a decimal of any length, in any order`(
        seed: UInt64
    ) throws {
        var random = SplitMix(seed: seed)
        for _ in 0..<60 {
            var amounts = (0..<1 + random.next(below: 30)).map { _ in Self.amount(&random) }
            // Most are taken back, so that what is left often has few digits.
            let kept = random.next(below: 3)
            amounts += amounts.dropFirst(kept).map { Amount(units: -$0.units, scale: $0.scale) }
            amounts.shuffle(using: &random)
            var sum = WideSum.zero
            var expected = BigDecimal.zero
            for amount in amounts {
                sum += WideSum(amount.units, scale: amount.scale)
                expected = expected + BigDecimal(amount.units, scale: amount.scale)
                #expect(sum.isNegative == expected.isNegative, "seed \(seed)")
                let fits = expected.moneyDigits <= 38
                #expect(sum.amount.map(Self.print) == (fits ? expected.money : nil), "seed \(seed)")
            }
            #expect(sum + -sum == .zero, "seed \(seed)")
        }
    }

    @Test func `a trillion of the largest amounts add up exactly`() {
        let largest = Amount(units: Int128(Amount.limit / 100 - 1), scale: 0)
        var sum = WideSum(largest.units, scale: 0)
        for _ in 0..<40 { sum += sum }
        #expect(!sum.isNegative && sum.amount == nil)
        var rest = WideSum(-largest.units, scale: 0)
        for _ in 0..<40 { rest += rest }
        #expect(rest.isNegative && rest.amount == nil)
        sum += rest
        #expect(sum == .zero)
        sum += WideSum(1, scale: 38)
        #expect(sum.amount == Amount(units: 1, scale: 38))
        #expect((-sum).amount == Amount(units: -1, scale: 38))
    }

    @Test(arguments: [
        (Int128(0), 0, Int128(0), 2), (150, 2, 150, 2), (1500, 3, 150, 2), (1501, 3, 1501, 3),
        (-7, 0, -700, 2), (10, 38, 1, 37), (Int128.max, 0, nil, 0), (.min, 38, nil, 0),
    ])
    func `an amount is told with as few digits as it has, two behind the point at least`(
        units: Int128, scale: Int, expected: Int128?, expectedScale: Int
    ) {
        let amount = WideSum(units, scale: scale).amount
        #expect(amount == expected.map { Amount(units: $0, scale: expectedScale) })
    }

    @Test func `40 bytes come back as they were stored`() {
        var random = SplitMix(seed: 4)
        for _ in 0..<100 {
            let amount = Self.amount(&random)
            let sum = WideSum(amount.units, scale: amount.scale)
            // Exactly 40 bytes, not aligned, so that a sanitizer sees one more.
            let bytes = UnsafeMutableRawPointer.allocate(byteCount: 41, alignment: 16)
            defer { bytes.deallocate() }
            sum.store(to: bytes + 1)
            #expect(WideSum(loading: bytes + 1) == sum)
        }
    }
}
