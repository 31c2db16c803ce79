import Stores
import Testing

@testable import Pipeline

@Suite struct DamagedPartTests {
    @Test(arguments: ["", "SLUICE1\n", "header", "index", "short"])
    func `what is no part is told so`(damage: String) throws {
        let workplace = try Workplace()
        var layout = PartLayout()
        layout.amountBytes = 8
        var part = PartBuilder(layout, sumsRows: true)
        try part.append(KeyHash(low: 1, high: 2, slice: 3), units: 5, scale: 2)
        var bytes = part.withBytes { Array($0) }
        switch damage {
        case "header": bytes[9] = 5
        case "index": bytes[PartLayout.headerBytes + 4 * 100] = 0xFF
        case "short": bytes.removeLast()
        default: bytes = Array(damage.utf8)
        }
        let object = try bytes.withUnsafeBytes {
            try workplace.objects.putObject(bucket: "work", key: "part", bytes: $0)
        }
        #expect {
            try PartReader(workplace.objects.openObject(object), slices: 0..<4096)
        } throws: {
            ($0 as? StepError)?.errorName == "Sluice.DamagedPart"
        }
    }

    @Test(arguments: [1, 255])
    func `a text that reaches beyond its slice is a damaged part, not a read past it`(
        length: UInt8
    ) throws {
        var layout = PartLayout()
        layout.hasText = true
        var part = PartBuilder(layout, sumsRows: false)
        for slice in [UInt16(3), 3, 9] {
            Array("abc".utf8).withUnsafeBufferPointer {
                part.append(KeyHash(low: UInt64(slice), high: 0, slice: slice), text: $0)
            }
        }
        var bytes = part.withBytes { Array($0) }
        // The second row of slice 3: its text's length says more, or less, than there is.
        bytes[PartLayout.dataStart + 21 + 16] = length
        let workplace = try Workplace()
        let object = try bytes.withUnsafeBytes {
            try workplace.objects.putObject(bucket: "work", key: "part", bytes: $0)
        }
        let slices = 3..<4
        var rows = SliceReader(
            [try PartReader(workplace.objects.openObject(object), slices: slices)], slices: slices)
        var join = CustomerJoin(scale: 2)
        do {
            try rows.forEachRun(of: 3) { try join.takeCustomers($0, $1) }
            Issue.record("taken")
        } catch let error as StepError {
            #expect(error.errorName == "Sluice.DamagedPart")
        }
    }
}
