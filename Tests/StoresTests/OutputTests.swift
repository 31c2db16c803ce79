import JSON
import LoopbackServer
import Testing

@testable import Stores

/// Outputs for tests: their bytes, and how they are written.
enum Outputs {
    static func version(_ start: Int) -> String {
        RunOrder(startMilliseconds: start, executionName: "run", mode: .replace, columns: [])
            .version
    }

    /// Bytes that tell where they stand, and of which run they are.
    static func bytes(_ output: OutputObject, part: Int) -> [UInt8] {
        let offset = output.offset(ofPart: part)
        let seed = output.version.utf8.prefix(13).reduce(0) { $0 &* 31 &+ Int($1) }
        return (0..<output.partSizes[part - 1]).map { index in
            let at = offset &+ index
            return UInt8(truncatingIfNeeded: (at &* 167) ^ (at >> 8) ^ seed)
        }
    }

    static func content(_ output: OutputObject) -> [UInt8] {
        output.partSizes.indices.flatMap { bytes(output, part: $0 + 1) }
    }
}

extension ObjectStore {
    /// Writes a part in pieces.
    func writePart(
        _ number: Int, of output: OutputObject, pieceBytes: Int = 1 << 20
    ) throws -> OutputPart {
        let writer = try outputWriter(output, part: number)
        let bytes = Outputs.bytes(output, part: number)
        for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
            try bytes[start..<min(start + pieceBytes, bytes.count)].withUnsafeBytes {
                try writer.append($0)
            }
        }
        return try writer.finish()
    }

    func writeAll(of output: OutputObject) throws -> [OutputPart] {
        try output.partSizes.indices.map { try writePart($0 + 1, of: output) }
    }

    func output(_ plan: OutputObject) throws -> OutputOutcome {
        let output = try beginOutput(plan, resuming: nil)
        return try completeOutput(output, parts: try writeAll(of: output))
    }
}

@Suite struct OutputObjectTests {
    @Test(
        arguments: [
            ([], 5, 10, [0..<0]), ([0, 0], 5, 10, [0..<2]), ([3], 5, 10, [0..<1]),
            ([3, 3, 3], 5, 10, [0..<2, 2..<3]), ([5, 5, 5], 5, 10, [0..<1, 1..<2, 2..<3]),
            ([0, 6, 0, 0, 4, 0, 1, 0], 5, 10, [0..<2, 2..<8]),
            ([9, 1, 1, 1], 5, 10, [0..<1, 1..<4]), ([6, 0, 0], 5, 10, [0..<3]),
            (
                Array(repeating: 1, count: 100), 1, 10,
                stride(from: 0, to: 100, by: 10).map { $0..<$0 + 10 }
            ),
        ] as [([Int], Int, Int, [Range<Int>])])
    func `pieces are packed into parts`(
        sizes: [Int], minimum: Int, most: Int, parts: [Range<Int>]
    ) {
        #expect(
            OutputObject.parts(
                ofPieces: sizes, minimumPartBytes: minimum, maximumParts: most) == parts)
    }

    @Test func `random pieces are packed within the limits`() {
        let dice = Dice()
        for _ in 0..<500 {
            let sizes = (0..<dice.below(60)).map { _ in dice.below(3) == 0 ? 0 : dice.below(20) }
            let (minimum, most) = (1 + dice.below(30), 1 + dice.below(20))
            let parts = OutputObject.parts(
                ofPieces: sizes, minimumPartBytes: minimum, maximumParts: most)
            #expect(parts.flatMap { Array($0) } == Array(sizes.indices), "seed \(dice.seed)")
            let bytes = parts.map { sizes[$0].reduce(0, +) }
            #expect(bytes.count <= most, "seed \(dice.seed)")
            #expect(bytes.dropLast().allSatisfy { $0 >= minimum }, "seed \(dice.seed)")
            #expect(bytes.allSatisfy { $0 > 0 } || bytes == [0], "seed \(dice.seed)")
        }
    }

    @Test func `outputs and parts come back from JSON`() throws {
        var output = OutputObject(
            bucket: "b", key: "d/ü", version: Outputs.version(7), partSizes: [3, 1])
        #expect(OutputObject(json: output.json) == output)
        output.uploadID = "u"
        #expect(OutputObject(json: try JSON(parsing: output.json.serialized())) == output)
        #expect(output.offset(ofPart: 2) == 3 && output.sizeBytes == 4)
        let part = OutputPart(number: 2, eTag: "e", checksumSHA256: "c")
        #expect(OutputPart(json: part.json) == part)
        #expect(OutputPart(json: OutputPart(number: 1).json) == OutputPart(number: 1))
        for json in [
            [:], ["bucket": "b", "key": "k", "version": "1", "partSizes": [1]],
            ["bucket": "b", "key": "k", "version": .string(output.version), "partSizes": []],
            ["bucket": "b", "key": "k", "version": .string(output.version), "partSizes": [1, 0]],
            ["bucket": "b", "key": "k", "version": .string(output.version), "partSizes": [-1]],
        ] as [JSON] {
            #expect(OutputObject(json: json) == nil)
        }
        #expect(OutputPart(json: ["number": 0]) == nil)
    }
}
