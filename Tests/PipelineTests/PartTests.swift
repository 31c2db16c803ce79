import JSON
import MeantSets
import Stores
import Testing

@testable import Pipeline

/// A row as the tests compare it.
struct PlainRow: Equatable {
    var low: UInt64
    var high: UInt64
    var second: KeyHash?
    /// In the scale of the part it was read from.
    var amount: Int128 = 0
    var scale = 0
    /// The amount, whatever its width.
    var sum = WideSum.zero
    var counts: [UInt32] = []
    var text: [UInt8] = []
}

@Suite struct PartTests {
    /// Few keys and slices, so that rows of one key meet.
    static func key(_ random: inout SplitMix) -> KeyHash {
        let number = UInt64(random.next(below: 12))
        let slices: [UInt16] = [0, 1, 5, 2047, 4094, 4095]
        // Pairs share a low half, so that the high one has to be looked at.
        return KeyHash(low: number / 2, high: number, slice: slices[Int(number / 2)])
    }

    static func read(
        _ parts: [PartReader], slices: Range<Int>, budget: Int
    ) throws -> [Int: [PlainRow]] {
        var reader = SliceReader(parts, slices: slices, budgetBytes: budget)
        var rows: [Int: [PlainRow]] = [:]
        for slice in slices {
            try reader.forEachRun(of: slice) { layout, bytes in
                if layout.hasText {
                    var texts = TextRows(layout, bytes)
                    while let row = try texts.next() {
                        rows[slice, default: []].append(
                            PlainRow(
                                low: row.low, high: row.high, counts: [1, 1],
                                text: Array(row.text)))
                    }
                    return
                }
                #expect(bytes.count % layout.fixedRowBytes == 0)
                for at in stride(from: 0, to: bytes.count, by: layout.fixedRowBytes) {
                    let row = PartRow(bytes: bytes.baseAddress! + at, layout: layout)
                    var plain = PlainRow(low: row.low, high: row.high)
                    if layout.hasSecondKey {
                        plain.second = KeyHash(
                            low: row.secondLow, high: row.secondHigh, slice: row.secondSlice)
                    }
                    plain.amount = row.amount
                    plain.scale = layout.amountScale
                    plain.sum = row.wideAmount
                    plain.counts = [row.count(0), row.count(1)]
                    rows[slice, default: []].append(plain)
                }
            }
        }
        return rows
    }

    static func store(_ part: inout PartBuilder, _ workplace: Workplace, _ name: String) throws
        -> ObjectReference
    {
        try part.withBytes { bytes in
            try workplace.objects.putObject(bucket: "work", key: name, bytes: bytes)
        }
    }

    @Test(arguments: 0..<8)
    func `rows with texts come back as they went in, slice by slice`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let workplace = try Workplace()
        var expected: [Int: [PlainRow]] = [:]
        var parts: [PartReader] = []
        for index in 0..<3 {
            // Lengths of 1, 2 and 4 bytes.
            let longest = [255, 2048, 70_000][(index + Int(seed)) % 3]
            var layout = PartLayout()
            layout.hasText = true
            var part = PartBuilder(layout, sumsRows: false)
            for _ in 0..<random.next(below: 60) {
                let key = Self.key(&random)
                let length = random.one(in: 8) ? longest : random.next(below: 20)
                let text = (0..<length).map { _ in UInt8(random.next(below: 256)) }
                try text.withUnsafeBytes { try part.append(key, text: $0) }
                expected[Int(key.slice), default: []].append(
                    PlainRow(low: key.low, high: key.high, counts: [1, 1], text: text))
            }
            let object = try Self.store(&part, workplace, "\(index)")
            parts.append(try PartReader(workplace.objects, object, .texts, slices: 0..<4096))
        }
        for budget in [1, 100, 5000, 1 << 20] {
            let rows = try Self.read(parts, slices: 0..<4096, budget: budget)
            #expect(rows == expected, "seed \(seed), budget \(budget)")
        }
    }

    @Test(arguments: 0..<8)
    func `rows with a second key keep order and amount, oversized slices are streamed`(
        seed: UInt64
    ) throws {
        var random = SplitMix(seed: seed)
        let workplace = try Workplace()
        var expected: [Int: [PlainRow]] = [:]
        var readers: [PartReader] = []
        for index in 0..<3 {
            var layout = PartLayout()
            layout.hasSecondKey = true
            layout.amountBytes = 8
            var part = PartBuilder(layout, sumsRows: false)
            // The widths of 4, 8 and 16 bytes, and a scale that rises on the way.
            let magnitude = random.pick([20, 40, 90])
            var appended: [(slice: Int, row: PlainRow)] = []
            for number in 0..<40 {
                let (key, second) = (Self.key(&random), Self.key(&random))
                let units =
                    Int128(random.next(below: 1 << 20)) << random.next(below: magnitude - 19)
                let scale = number < 20 ? random.next(below: 3) : random.next(below: 6)
                let signed = random.one(in: 2) ? units : -units
                part.append(key, second: second, amount: signed, scale: scale)
                appended.append(
                    (
                        Int(key.slice),
                        PlainRow(
                            low: key.low, high: key.high, second: second, amount: signed,
                            scale: scale, counts: [1, 1])
                    ))
            }
            let scale = part.amountScale
            #expect(scale == max(2, appended.map(\.row.scale).max()!))
            for (slice, row) in appended {
                var row = row
                row.amount *= Amount.powersOfTen[scale - row.scale]
                row.scale = scale
                row.sum = WideSum(row.amount, scale: scale)
                expected[slice, default: []].append(row)
            }
            let object = try Self.store(&part, workplace, "\(index)")
            let widest = appended.map {
                abs($0.row.amount * Amount.powersOfTen[scale - $0.row.scale])
            }.max()!
            #expect(
                part.layout.amountBytes
                    == (widest <= Int128(Int32.max) ? 4 : widest <= Int128(Int64.max) ? 8 : 16))
            readers.append(try PartReader(workplace.objects, object, .references, slices: 0..<4096))
        }
        for budget in [1, 60, 200, 1000, 1 << 20] {
            let rows = try Self.read(readers, slices: 0..<4096, budget: budget)
            #expect(rows == expected, "seed \(seed), budget \(budget)")
        }
        // A task that owns some slices sees the same of them.
        let some = try Self.read(
            readers.map {
                try PartReader(workplace.objects, $0.reference, .references, slices: 5..<2048)
            }, slices: 5..<2048,
            budget: 99)
        #expect(some == expected.filter { (5..<2048).contains($0.key) }, "seed \(seed)")
    }

    @Test(arguments: 0..<12)
    func `sums and counts of each key are exact, however rows were combined`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let workplace = try Workplace()
        var layout = PartLayout()
        layout.amountBytes = seed % 4 == 3 ? 0 : 8
        layout.countsPerRow = seed % 2 == 0 ? 0 : 2
        let shape = layout.countsPerRow == 0 ? PartShape.sums : .totals
        var part = PartBuilder(layout, sumsRows: true)
        var sums: [UInt64: BigDecimal] = [:]
        var counts: [UInt64: [Int]] = [:]
        let magnitude = random.pick([10, 31, 62])
        var key = Self.key(&random)
        var repeats = 0
        for _ in 0..<200 {
            if random.one(in: 3) { key = Self.key(&random) } else { repeats += 1 }
            let scale = random.one(in: 10) ? 5 : random.next(below: 3)
            let value = Int64(random.next(below: 1 << magnitude)) * (random.one(in: 2) ? 1 : -1)
            let units = layout.amountBytes == 0 ? 0 : value
            var count: [UInt32] = [1, layout.countsPerRow == 2 ? 0 : 1]
            if layout.countsPerRow == 2 {
                count = [
                    UInt32(random.next(below: random.pick([2, 300, 100_000]))),
                    random.one(in: 50) ? .max : UInt32(random.next(below: 9)),
                ]
                part.append(
                    key, amount: Int128(units), scale: scale, counts: (count[0], count[1]))
            } else if random.one(in: 2) {
                part.append(key, units: units, scale: scale)
            } else {
                part.append(key, amount: Int128(units), scale: scale)
            }
            let text = String(units.magnitude)
            let padded = String(repeating: "0", count: max(0, scale + 1 - text.count)) + text
            let split = padded.index(padded.endIndex, offsetBy: -scale)
            let decimal = BigDecimal(
                (units < 0 ? "-" : "") + padded[..<split] + "." + padded[split...])!
            sums[key.high] = (sums[key.high] ?? .zero) + decimal
            let before = counts[key.high] ?? [0, 0]
            counts[key.high] = [before[0] + Int(count[0]), before[1] + Int(count[1])]
        }
        #expect(part.rowCount < 200, "nothing was combined")
        let object = try Self.store(&part, workplace, "part")
        let reader = try PartReader(workplace.objects, object, shape, slices: 0..<4096)
        let rows = try Self.read([reader], slices: 0..<4096, budget: 70)
        var found: [UInt64: (sum: BigDecimal, counts: [Int])] = [:]
        for row in rows.values.joined() {
            var text: [UInt8] = []
            Amount.write(row.amount, scale: max(2, row.scale), to: &text)
            let before = found[row.high] ?? (.zero, [0, 0])
            found[row.high] = (
                before.sum + BigDecimal(String(decoding: text, as: UTF8.self))!,
                [before.counts[0] + Int(row.counts[0]), before.counts[1] + Int(row.counts[1])]
            )
        }
        #expect(found.mapValues(\.sum.money) == sums.mapValues(\.money), "seed \(seed)")
        #expect(found.mapValues { $0.counts[0] } == counts.mapValues { $0[0] }, "seed \(seed)")
        if layout.countsPerRow == 2 {
            #expect(found.mapValues { $0.counts[1] } == counts.mapValues { $0[1] }, "seed \(seed)")
        }
    }

    @Test func `numbers without a common scale make all of a part wide and change none`() throws {
        let workplace = try Workplace()
        var layout = PartLayout()
        layout.amountBytes = 8
        layout.hasSecondKey = true
        let key = KeyHash(low: 1, high: 2, slice: 3)
        let large = Amount.limit - 1
        let amounts: [(units: Int128, scale: Int)] = [
            (500, 2), (Int128(large), 2), (-1, 38), (700, 0), (-Int128(large), 38),
        ]
        // Whichever comes first: the large number, the one of many digits, or both after others.
        for order in [[0, 1, 2, 3, 4], [2, 1, 0, 4, 3], [1, 2, 3, 0, 4], [4, 0, 3, 1, 2]] {
            var part = PartBuilder(layout, sumsRows: false)
            for index in order {
                part.append(
                    key, second: key, amount: amounts[index].units, scale: amounts[index].scale)
            }
            let object = try Self.store(&part, workplace, "part")
            #expect(part.layout.amountBytes == 40)
            let reader = try PartReader(
                workplace.objects, object, .references, slices: 0..<4096)
            let rows = try Self.read([reader], slices: 0..<4096, budget: 1 << 20)[3] ?? []
            #expect(
                rows.map(\.sum)
                    == order.map { WideSum(amounts[$0].units, scale: amounts[$0].scale) })
        }
    }

    @Test func `rows of one key are combined when they are wide, too`() throws {
        let workplace = try Workplace()
        var layout = PartLayout()
        layout.amountBytes = 8
        var part = PartBuilder(layout, sumsRows: true)
        let key = KeyHash(low: 1, high: 2, slice: 3)
        for _ in 0..<10 {
            part.append(key, units: 12345, scale: 2)
            part.append(key, amount: 1, scale: 38)
            part.append(key, amount: -1, scale: 38)
        }
        // One of 128 bits is full after two of these; the third has a row of its own, or is wide.
        for _ in 0..<3 { part.append(key, amount: Int128(Amount.limit - 1), scale: 0) }
        let object = try Self.store(&part, workplace, "part")
        let reader = try PartReader(workplace.objects, object, .sums, slices: 3..<4)
        let rows = try Self.read([reader], slices: 3..<4, budget: 1 << 20)[3] ?? []
        #expect(rows.count < 3)
        #expect(rows.reduce(0) { $0 + $1.counts[0] } == 33)
        var expected = WideSum(123_450, scale: 2)
        for _ in 0..<3 { expected += WideSum(Int128(Amount.limit - 1), scale: 0) }
        #expect(rows.map(\.sum).reduce(.zero, +) == expected)
    }
}
