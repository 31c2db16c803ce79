import JSON
import System

/// Measures one invocation from its beginning, for what it costs.
struct Usage {
    private let startNanoseconds = monotonicNanoseconds()
    private let memoryMegabytes: Int

    init(_ environment: StepEnvironment) { memoryMegabytes = environment.memoryMegabytes }

    /// Megabytes times milliseconds, each begun millisecond counted, as Lambda bills them.
    var megabyteMilliseconds: Int {
        let nanoseconds = monotonicNanoseconds() - startNanoseconds
        return memoryMegabytes * max(1, (nanoseconds + 999_999) / 1_000_000)
    }

    /// The report of a step with what it used; the step's answer, which a second attempt must repeat,
    /// goes without.
    func adding(to report: JSON) -> JSON {
        guard case .object(var object) = report else { return report }
        object["megabyteMilliseconds"] = JSON(megabyteMilliseconds)
        return .object(object)
    }
}
