import JSON
import Synchronization

/// Bounds what evaluating one field may cost, so that no definition or input, however hostile, holds
/// an engine up: without it `$[?($..a)]` takes hours for an input of 256 KiB, and a template of a
/// megabyte makes gigabytes of it.
final class EvaluationWork: Sendable {
    /// Values looked at, or 64 bytes of a value made. Five million take about half a second.
    static let limit = 5_000_000
    /// Bytes as JSON of one value, and of all values in a template: as much as all variables.
    static let valueBytes = Quota.variablesBytes

    private let left: Atomic<Int>

    init(limit: Int = EvaluationWork.limit) { left = Atomic(limit) }

    /// Counts work that is about to be done; false when it is too much.
    func spend(_ count: Int) -> Bool {
        left.subtract(count, ordering: .relaxed).newValue >= 0
    }

    /// Counts the bytes of a value that was made; false when they are too many.
    func spend(onBytesOf value: JSON) -> Bool {
        guard let bytes = value.utf8Count(atMost: Self.valueBytes) else { return false }
        return spend(bytes / 64)
    }
}

extension StatesError {
    /// `States.Runtime`, for what ``EvaluationWork`` does not allow.
    static let tooMuchWork = StatesError.runtime(
        "The evaluation takes more work, or makes more data, than is allowed.")
}
