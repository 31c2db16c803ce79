import LambdaRuntime
import MeantSets
import Stores
import Testing

@testable import Pipeline

@Suite struct DamagedPartTests {
    static let slices = 0..<KeyHasher.sliceCount

    /// The bytes of a part of that shape, of a few rows in slices 3 and 9.
    static func part(_ shape: PartShape) throws -> [UInt8] {
        var layout = PartLayout()
        layout.hasText = shape == .texts
        layout.hasSecondKey = shape == .references
        layout.amountBytes = shape == .texts ? 0 : 8
        layout.countsPerRow = shape == .totals ? 2 : 0
        var part = PartBuilder(layout, sumsRows: shape != .references)
        for (number, slice) in [UInt16(3), 3, 9, 3].enumerated() {
            let key = KeyHash(low: UInt64(number % 3), high: 7, slice: slice)
            switch shape {
            case .texts:
                try Array("abc".utf8).withUnsafeBytes { try part.append(key, text: $0) }
            case .references: part.append(key, second: key, amount: 5, scale: number)
            case .sums: part.append(key, units: 5, scale: 2)
            case .totals: part.append(key, amount: 5, scale: 2, counts: (1, 2))
            }
        }
        return try part.withBytes { Array($0) }
    }

    static func store(_ bytes: [UInt8], _ workplace: Workplace) throws -> ObjectReference {
        try bytes.withUnsafeBytes {
            try workplace.objects.putObject(bucket: "work", key: "part", bytes: $0)
        }
    }

    /// Takes a part through the join that it is for.
    static func join(_ object: ObjectReference, _ shape: PartShape, _ workplace: Workplace) throws {
        let part = try PartReader(workplace.objects, object, shape, slices: slices)
        var rows = SliceReader([part], slices: slices)
        var orders = OrderJoin(scale: 2, sumsItems: false)
        var customers = CustomerJoin(scale: 2)
        var layout = PartLayout()
        layout.amountBytes = 8
        layout.countsPerRow = 2
        var totals = PartBuilder(layout, sumsRows: true)
        for slice in slices {
            try rows.forEachRun(of: slice) { layout, bytes in
                switch shape {
                case .texts: try customers.takeCustomers(layout, bytes)
                case .references: try orders.takeOrders(layout, bytes)
                case .sums: orders.takeItems(layout, bytes)
                case .totals: customers.takePartials(layout, bytes)
                }
            }
        }
        orders.addOrders(to: &totals)
        _ = try totals.withBytes { $0.count }
        do { try customers.forEachCustomer { _ in } } catch is CustomerJoin.AmountOutOfRange {}
    }

    @Test(
        arguments: [
            "", "SLUICE", "short", "second key", "amount", "scale", "wide scale", "counts", "text",
            "count", "index", "last of the index", "both",
        ])
    func `what is no part is told so`(damage: String) throws {
        let workplace = try Workplace()
        var bytes = try Self.part(.sums)
        switch damage {
        case "short": bytes.removeLast()
        case "second key": bytes[8] = 2
        case "amount": bytes[9] = 5
        case "scale": bytes[10] = 39
        case "wide scale": bytes[9] = 40
        case "counts": bytes[11] = 3
        case "text": bytes[12] = 3
        case "count": bytes[13] = 0
        case "index": bytes[PartLayout.headerBytes + 4 * 100] = 0xFF
        case "last of the index": bytes[PartLayout.dataStart - 1] = 0xFF
        case "both": (bytes[8], bytes[12]) = (1, 1)
        default: bytes = Array(damage.utf8)
        }
        let object = try Self.store(bytes, workplace)
        #expect {
            try Self.join(object, .sums, workplace)
        } throws: {
            ($0 as? StepError)?.errorName == "Sluice.DamagedPart"
        }
    }

    @Test(arguments: [PartShape.texts, .references, .sums, .totals])
    func `a part of other rows than expected is refused`(shape: PartShape) throws {
        let workplace = try Workplace()
        for other in [PartShape.texts, .references, .sums, .totals] {
            let object = try Self.store(Self.part(other), workplace)
            if other == shape {
                try Self.join(object, shape, workplace)
            } else {
                let error = #expect(throws: StepError.self) {
                    try Self.join(object, shape, workplace)
                }
                #expect(error?.errorName == "Sluice.DamagedPart")
                #expect(error?.cause.contains(shape.rawValue) == true)
            }
        }
    }

    @Test(arguments: [1, 3, 0x0A31])
    func `a part of another format is refused by its number, with what to do`(format: Int) throws {
        let workplace = try Workplace()
        var bytes = try Self.part(.sums)
        #expect(bytes.prefix(8).elementsEqual("SLUICE\u{2}\u{0}".utf8))
        (bytes[6], bytes[7]) = (UInt8(format & 0xFF), UInt8(format >> 8))
        let object = try Self.store(bytes, workplace)
        let error = #expect(throws: StepError.self) { try Self.join(object, .sums, workplace) }
        #expect(error?.errorName == "Sluice.UnknownFormat")
        #expect(
            error?.cause == "part: the part has format \(format), and this version of Sluice reads "
                + "format 2. Another version began the run: let that one finish it, or drop a file "
                + "of the set once more, which begins a new run")
    }

    @Test(arguments: [1, 255])
    func `a text that reaches beyond its slice is a damaged part, not a read past it`(
        length: UInt8
    ) throws {
        var bytes = try Self.part(.texts)
        // The second row of slice 3: its text's length says more, or less, than there is.
        bytes[PartLayout.dataStart + 20 + 16] = length
        let workplace = try Workplace()
        let object = try Self.store(bytes, workplace)
        let error = #expect(throws: StepError.self) { try Self.join(object, .texts, workplace) }
        #expect(error?.errorName == "Sluice.DamagedPart")
        // Where slices are streamed, too.
        for budget in [1, 25] {
            let part = try PartReader(workplace.objects, object, .texts, slices: 3..<4)
            var rows = SliceReader([part], slices: 3..<4, budgetBytes: budget)
            let error = #expect(throws: StepError.self) { try rows.forEachRow(of: 3) { _ in } }
            #expect(error?.errorName == "Sluice.DamagedPart")
        }
    }

    @Test func `an order whose customer has no slice is a damaged part`() throws {
        var bytes = try Self.part(.references)
        bytes[PartLayout.dataStart + 33] = 0x10
        let workplace = try Workplace()
        let object = try Self.store(bytes, workplace)
        let error = #expect(throws: StepError.self) {
            try Self.join(object, .references, workplace)
        }
        #expect(error?.errorName == "Sluice.DamagedPart")
    }

    @Test(arguments: [PartShape.texts, .references, .sums, .totals])
    func `bytes that flipped end in an error or in other numbers, never in a crash`(
        shape: PartShape
    ) throws {
        let seed: UInt64 = 20_240_105
        var random = SplitMix(seed: seed)
        let workplace = try Workplace()
        let whole = try Self.part(shape)
        for _ in 0..<300 {
            var bytes = whole
            for _ in 0..<1 + random.next(below: 3) {
                // Header, the beginning of the index, or rows: what is between them is all the same.
                let place = random.pick([8..<14, 64..<104, PartLayout.dataStart..<bytes.count])
                bytes[place.lowerBound + random.next(below: place.count)] = UInt8(
                    truncatingIfNeeded: random.next())
            }
            let object = try Self.store(bytes, workplace)
            do { try Self.join(object, shape, workplace) } catch let error as StepError {
                #expect(error.errorName == "Sluice.DamagedPart", "seed \(seed)")
            }
        }
    }
}
