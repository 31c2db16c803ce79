/// Guesses whether a position in the middle of a file lies inside a quoted field.
///
/// It cannot be known from there, so both hypotheses are tried on the bytes that follow and the one
/// that breaks fewer rules wins. A wrong guess costs time only: the fold over all chunks finds it.
enum Hypothesis {
    /// How many bytes are looked at.
    static let sampleBytes = 16 << 10

    /// - Parameter bytes: what follows the position; up to ``sampleBytes`` of it are read.
    static func startsInsideQuotes(
        _ bytes: UnsafeBufferPointer<UInt8>, delimiter: UInt8
    ) -> Bool {
        let sample = UnsafeBufferPointer(rebasing: bytes.prefix(sampleBytes))
        guard sample.contains(Byte.quote) else { return false }
        return violations(sample, delimiter: delimiter, startsInside: true)
            < violations(sample, delimiter: delimiter, startsInside: false)
    }

    /// Quotation marks that open in the middle of a field or close before something other than its end.
    private static func violations(
        _ bytes: UnsafeBufferPointer<UInt8>, delimiter: UInt8, startsInside: Bool
    ) -> Int {
        func isEdge(_ byte: UInt8) -> Bool {
            byte == delimiter || byte == Byte.lineFeed || byte == Byte.carriageReturn
        }
        var inside = startsInside
        var violations = 0
        for (at, byte) in bytes.enumerated() where byte == Byte.quote {
            if inside {
                if at + 1 < bytes.count, bytes[at + 1] != Byte.quote, !isEdge(bytes[at + 1]) {
                    violations += 1
                }
            } else if at > 0, bytes[at - 1] != Byte.quote, !isEdge(bytes[at - 1]) {
                violations += 1
            }
            inside.toggle()
        }
        return violations
    }
}
