import LambdaRuntime
import MeantSets
import Stores
import Testing

@testable import Pipeline

/// Parts of any number and rows of any length, in bounded memory and with few open files.
@Suite struct PartLimitTests {
    static func texts() -> PartBuilder {
        var layout = PartLayout()
        layout.hasText = true
        return PartBuilder(layout, sumsRows: false)
    }

    static func storage(_ workplace: Workplace, _ objects: CountingObjects) -> RunStorage {
        var environment = workplace.environment()
        environment.objects = objects
        return RunStorage(environment: environment, prefix: "run/")
    }

    @Test func `of many parts few are open at a time, and their rows are those of all`() throws {
        let workplace = try Workplace()
        let objects = CountingObjects(workplace.objects)
        let storage = Self.storage(workplace, objects)
        var parts: [(name: String, sizeBytes: Int)] = []
        for index in 0..<300 {
            var part = Self.texts()
            for slice in [UInt16(5), 4000] {
                try Array("\(index)".utf8).withUnsafeBytes {
                    try part.append(KeyHash(low: UInt64(index), high: 1, slice: slice), text: $0)
                }
            }
            parts.append(("\(index)", try storage.put("\(index)", &part)))
        }
        // 5,700 bytes a slice: both at once, one after the other, and each streamed.
        for budget in [1 << 20, 7000, 100] {
            let readers = try storage.openParts(parts, .texts, slices: 0..<4096)
            var rows = SliceReader(readers, slices: 0..<4096, budgetBytes: budget)
            for slice in [5, 4000] {
                var found: [String] = []
                try rows.forEachRow(of: slice) {
                    found.append(String(decoding: $0.text, as: UTF8.self))
                }
                #expect(found == (0..<300).map(String.init))
            }
        }
        #expect(objects.mostOpen == 1)
        // So few that they may stay open are opened once.
        let before = objects.opened
        let few = try storage.openParts(Array(parts.prefix(60)), .texts, slices: 0..<4096)
        var rows = SliceReader(few, slices: 0..<4096, budgetBytes: 100)
        for slice in [5, 4000] { try rows.forEachRow(of: slice) { _ in } }
        #expect(objects.opened - before == 60)
    }

    @Test func `a part that was replaced after its index was read is told, not mixed`() throws {
        let workplace = try Workplace()
        var part = Self.texts()
        let key = KeyHash(low: 1, high: 2, slice: 3)
        try Array("old".utf8).withUnsafeBytes { try part.append(key, text: $0) }
        let object = try PartTests.store(&part, workplace, "part")
        let reader = try PartReader(workplace.objects, object, .texts, slices: 3..<4)
        var other = Self.texts()
        try Array("new!".utf8).withUnsafeBytes { try other.append(key, text: $0) }
        _ = try PartTests.store(&other, workplace, "part")
        var rows = SliceReader([reader], slices: 3..<4)
        #expect {
            try rows.forEachRow(of: 3) { _ in }
        } throws: {
            ($0 as? StoreError)?.code == .versionChanged
        }
    }

    @Test func `long texts of one slice come back in pieces of bounded size`() throws {
        let workplace = try Workplace()
        let key = KeyHash(low: 1, high: 2, slice: 7)
        let lengths = [450_000, 1, 0, PartLayout.maximumTextBytes, 70_000, 450_000, 300, 450_000]
        var readers: [PartReader] = []
        for index in 0..<2 {
            var part = Self.texts()
            for (number, length) in lengths.enumerated() {
                let text = [UInt8](repeating: UInt8(number + 10 * index), count: length)
                try text.withUnsafeBytes { try part.append(key, text: $0) }
            }
            let object = try PartTests.store(&part, workplace, "\(index)")
            readers.append(try PartReader(workplace.objects, object, .texts, slices: 7..<8))
        }
        for budget in [1, 1 << 20, 2 << 20, 8 << 20] {
            var rows = SliceReader(readers, slices: 7..<8, budgetBytes: budget)
            var found: [(UInt8?, Int)] = []
            try rows.forEachRun(of: 7) { layout, bytes in
                #expect(bytes.count <= max(budget, SliceReader.pieceBytes))
                var texts = TextRows(layout, bytes)
                while let row = try texts.next() {
                    #expect(row.text.allSatisfy { $0 == row.text.first })
                    found.append((row.text.first, row.text.count))
                }
            }
            #expect(found.map(\.1) == lengths + lengths)
            #expect(found.compactMap(\.0) == [0, 1, 3, 4, 5, 6, 7, 10, 11, 13, 14, 15, 16, 17])
        }
    }

    @Test func `a repeated customer whose rows are streamed keeps its reference`() throws {
        let workplace = try Workplace()
        var part = Self.texts()
        for number in 0..<2000 {
            let reference = "customer \(number % 3)"
            try Array(reference.utf8).withUnsafeBytes {
                try part.append(KeyHash(low: UInt64(number % 3), high: 2, slice: 7), text: $0)
            }
        }
        let object = try PartTests.store(&part, workplace, "part")
        let reader = try PartReader(workplace.objects, object, .texts, slices: 7..<8)
        var rows = SliceReader([reader], slices: 7..<8, budgetBytes: 100)
        var join = CustomerJoin(scale: 2)
        try rows.forEachRun(of: 7) { try join.takeCustomers($0, $1) }
        var found: [String] = []
        try join.forEachCustomer { found.append(String(decoding: $0.reference, as: UTF8.self)) }
        #expect(found == ["customer 0", "customer 1", "customer 2"])
        #expect(join.customerRows == 2000)
    }

    @Test func `a text that is too long is refused by name and leaves the part as it was`() throws {
        let workplace = try Workplace()
        var part = Self.texts()
        let key = KeyHash(low: 1, high: 2, slice: 3)
        let text = [UInt8](repeating: 1, count: PartLayout.maximumTextBytes + 1)
        let error = #expect(throws: StepError.self) {
            try text.withUnsafeBytes { try part.append(key, text: $0) }
        }
        #expect(error?.errorName == "Sluice.RowTooLarge")
        try text.prefix(3).withUnsafeBytes { try part.append(key, text: $0) }
        let object = try PartTests.store(&part, workplace, "part")
        let reader = try PartReader(workplace.objects, object, .texts, slices: 3..<4)
        var rows = SliceReader([reader], slices: 3..<4)
        var counts: [Int] = []
        try rows.forEachRow(of: 3) { counts.append($0.text.count) }
        #expect(counts == [3])
    }

    @Test func `rows that the index cannot count are refused by name`() throws {
        var layout = PartLayout()
        layout.hasText = true
        // Two rows of 16 bytes of key, 1 of length and 3 of text.
        for (limit, isAllowed) in [(40, true), (39, false)] {
            var part = PartBuilder(layout, sumsRows: false, maximumDataBytes: limit)
            for low in [UInt64(1), 2] {
                try Array("abc".utf8).withUnsafeBytes {
                    try part.append(KeyHash(low: low, high: 2, slice: 3), text: $0)
                }
            }
            do {
                let count = try part.withBytes { $0.count }
                #expect(isAllowed && count == PartLayout.dataStart + 40)
            } catch let error as StepError {
                #expect(!isAllowed)
                #expect(error.errorName == "Sluice.PartTooLarge")
                #expect(error.cause.contains("40 bytes") && error.cause.contains("chunk size"))
            }
        }
    }
}
