import Stores
import Testing

@Suite struct ItemRowTests {
    private func read(_ bytes: [UInt8], columns: Int) throws -> [[[UInt8]?]] {
        try bytes.withUnsafeBytes { raw in
            var reader = ItemRowReader(raw, columns: columns)
            var values: [Range<Int>?] = []
            var rows: [[[UInt8]?]] = []
            while try reader.next(&values) { rows.append(values.map { $0.map { Array(raw[$0]) } }) }
            return rows
        }
    }

    @Test func `rows come back as they were written`() throws {
        let values: [[UInt8]?] = [
            nil, [], [7], Array(repeating: 1, count: 126), Array(repeating: 2, count: 127),
            Array(repeating: 3, count: 128), Array(repeating: 4, count: 16_383),
            Array(repeating: 5, count: 400 << 10),
        ]
        var bytes: [UInt8] = []
        for value in values { ItemRow.append(value, to: &bytes) }
        for columns in [1, 2, 4, 8] {
            let rows = try read(bytes, columns: columns)
            #expect(rows.count == values.count / columns)
            #expect(Array(rows.joined()) == values)
        }
        #expect(try read([], columns: 3).isEmpty)
    }

    @Test func `the bytes are the documented ones`() {
        var bytes: [UInt8] = []
        ItemRow.append("ab".utf8, to: &bytes)
        ItemRow.appendAbsent(to: &bytes)
        ItemRow.append("".utf8, to: &bytes)
        ItemRow.append(true, to: &bytes)
        ItemRow.append(false, to: &bytes)
        #expect(bytes == [3, 0x61, 0x62, 0, 1, 2, 1, 2, 0])
        bytes = []
        ItemRow.forEachPrefixByte(ofValueBytes: 299) { bytes.append($0) }
        #expect(bytes == [0xAC, 0x02])
    }

    @Test(
        arguments: [
            [3, 0x61], [0x80], [1, 0x80], [1, 5, 1],
            [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1],
            [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [1],
        ] as [[UInt8]])
    func `bytes that are no rows are refused`(bytes: [UInt8]) {
        let failure = #expect(throws: StoreError.self) { try read(bytes, columns: 2) }
        #expect(failure?.code == .damagedRows)
    }

    @Test func `random bytes never lead out of the buffer`() {
        let dice = Dice()
        for _ in 0..<2000 {
            let bytes = (0..<dice.below(40)).map { _ in
                UInt8(dice.below(4) == 0 ? dice.below(256) : dice.below(6))
            }
            _ = try? read(bytes, columns: 1 + dice.below(4))
        }
    }
}
