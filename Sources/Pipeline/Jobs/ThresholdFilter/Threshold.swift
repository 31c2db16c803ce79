import JSON
import LambdaRuntime

/// What is compared with, and how.
struct Threshold: Sendable {
    enum Operator: String, Sendable, CaseIterable {
        case gt, ge, lt, le, eq, ne

        /// - Parameter order: -1 when the number is below the threshold, 0 when it is equal, 1 above.
        @inline(__always)
        func holds(_ order: Int) -> Bool {
            switch self {
            case .gt: order > 0
            case .ge: order >= 0
            case .lt: order < 0
            case .le: order <= 0
            case .eq: order == 0
            case .ne: order != 0
            }
        }
    }

    let text: String
    let comparison: Operator
    private let bytes: [UInt8]
    /// For each scale that a short number can have: the threshold times ten to the scale, rounded down.
    private let floors: [Int64]
    /// Whether that is exact.
    private let isExact: [Bool]

    /// Digits of a short number at most, and so its scales; see ``Amount/short(_:)``.
    private static let shortDigits = 18

    /// - Throws: ``StepError`` `Sluice.BadConfiguration`.
    init(_ text: String, _ comparison: String) throws(StepError) {
        bytes = Array(text.utf8)
        guard let comparison = Operator(rawValue: comparison) else {
            throw StepError(
                errorName: ErrorName.badConfiguration,
                cause: "the operator must be "
                    + Operator.allCases.map(\.rawValue).joined(separator: ", ")
                    + ", not \(comparison)")
        }
        guard bytes.withUnsafeBufferPointer({ DecimalText($0) != nil }) else {
            throw StepError(
                errorName: ErrorName.badConfiguration,
                cause: "the threshold must be a decimal number, not \(text.debugDescription)")
        }
        self.text = text
        self.comparison = comparison
        var floors: [Int64] = []
        var isExact: [Bool] = []
        for scale in 0...Self.shortDigits {
            let (floor, exact) = Self.floor(bytes, scale: scale)
            floors.append(floor)
            isExact.append(exact)
        }
        self.floors = floors
        self.isExact = isExact
    }

    /// The greatest integer that, with that many digits behind its point, is not above the threshold;
    /// found by halving, since this is done once a chunk.
    private static func floor(_ threshold: [UInt8], scale: Int) -> (Int64, isExact: Bool) {
        func order(_ units: Int64) -> Int {
            let text = Array("\(units)e-\(scale)".utf8)
            return text.withUnsafeBufferPointer { number in
                threshold.withUnsafeBufferPointer { threshold in
                    guard let a = DecimalText(number), let b = DecimalText(threshold) else {
                        preconditionFailure("both are numbers")
                    }
                    return a.compared(to: b)
                }
            }
        }
        // Short numbers, of up to 18 digits, lie between these.
        var (low, high): (Int64, Int64) = (-2_000_000_000_000_000_000, 2_000_000_000_000_000_000)
        if order(low) > 0 { return (low, false) }
        while low < high {
            let middle = low + (high - low + 1) / 2
            if order(middle) <= 0 { low = middle } else { high = middle - 1 }
        }
        return (low, order(low) == 0)
    }

    /// Whether the record of this number is kept; nil when the text is no number.
    @inline(__always)
    func keeps(_ number: UnsafeBufferPointer<UInt8>) -> Bool? {
        if let (units, scale) = Amount.short(number) {
            let floor = floors[scale]
            let order = units > floor ? 1 : units == floor && isExact[scale] ? 0 : -1
            return comparison.holds(order)
        }
        return keepsLong(number)
    }

    @inline(never)
    private func keepsLong(_ number: UnsafeBufferPointer<UInt8>) -> Bool? {
        guard let number = DecimalText(number) else { return nil }
        return bytes.withUnsafeBufferPointer { threshold in
            DecimalText(threshold).map { comparison.holds(number.compared(to: $0)) }
        }
    }
}
