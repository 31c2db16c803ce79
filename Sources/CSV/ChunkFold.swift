/// What all chunks of a file say together: the truth that none of them can know alone.
///
/// The first chunk starts outside quotes, and a chunk with an odd number of quotation marks flips what
/// the next one starts in. Both hold whatever the chunks had guessed, so one pass fixes the truth.
public struct ChunkFold: Sendable, Hashable {
    /// For each chunk, whether it starts inside a quoted field.
    public let startsInsideQuotes: [Bool]
    /// For each chunk, the line feeds of the chunks before it.
    public let lineBreaksBefore: [Int]
    /// The chunks that were read under the wrong hypothesis, by their 0-based number.
    public let misread: [Int]
    /// Whether the file ends inside a quoted field.
    public let endsInsideQuotes: Bool

    /// - Parameter reports: of all chunks of one file, in its order.
    public init(_ reports: [ChunkReport]) {
        var starts: [Bool] = []
        var lines: [Int] = []
        var inside = false
        var lineBreaks = 0
        for report in reports {
            starts.append(inside)
            lines.append(lineBreaks)
            if report.hasOddQuotes { inside.toggle() }
            lineBreaks += report.lineBreaks
        }
        startsInsideQuotes = starts
        lineBreaksBefore = lines
        endsInsideQuotes = inside
        misread = reports.indices.filter { reports[$0].startedInsideQuotes != starts[$0] }
    }

    /// The first chunk whose records do not begin where those before it ended, once none is misread; nil when all fit.
    public static func firstGap(_ reports: [ChunkReport]) -> Int? {
        var expected: Int?
        for (index, report) in reports.enumerated() {
            guard let first = report.firstRecordOffset else { continue }
            if let expected, first < expected { return index }
            expected = report.endOffset
        }
        return nil
    }
}
