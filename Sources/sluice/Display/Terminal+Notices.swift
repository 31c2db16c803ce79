import LambdaHost
import LocalCloud

extension Terminal {
    /// What the cloud says while it works, as a line on standard error.
    static func show(_ notice: Notice) {
        switch notice {
        case .news(let text): standardError(text + "\n")
        case .problem(let text): standardError("sluice: \(text)\n")
        }
    }

    /// Says which drills have had nothing to do.
    static func tell(idle drills: [Drill]) {
        for drill in drills {
            standardError("sluice: --drill \(drill.text) matched no call\n")
        }
    }
}
