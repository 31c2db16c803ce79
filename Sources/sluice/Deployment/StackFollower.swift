import AWSClient
import Glibc

/// Shows what happens to a stack until nothing happens any more.
struct StackFollower {
    private let cloudFormation: CloudFormation
    private let name: String
    /// The stack's id, by which it can be asked for when it is gone; its name does as well before.
    private let stack: String

    init(_ cloudFormation: CloudFormation, _ name: String, id: String? = nil) {
        self.cloudFormation = cloudFormation
        self.name = name
        stack = id ?? name
    }

    func lastEventID() throws -> String? {
        try cloudFormation.describeStackEvents(name: stack, after: nil).last?.id
    }

    /// - Parameter id: of the last event before the change.
    /// - Returns: the stack as it is then; nil when it is gone.
    /// - Throws: ``CommandError`` when the change failed, with the reasons of the resources.
    func follow(after id: String?) throws -> CloudFormation.Stack? {
        var last = id
        var reasons: [String] = []
        var pause = Pause()
        while true {
            // First the state, then the events: none is left over when the state is the last one.
            let now = try cloudFormation.describeStack(name: stack)
            for event in now == nil
                ? [] : try cloudFormation.describeStackEvents(name: stack, after: last)
            {
                last = event.id
                if !event.status.hasSuffix("_IN_PROGRESS") {
                    Terminal.standardError(Self.line(event) + "\n")
                }
                // The others are given up because of the first.
                if event.isFailure, !event.reason.contains("cancelled") {
                    reasons.append("  \(event.logicalID) (\(event.resourceType)): \(event.reason)")
                }
            }
            guard let now else { return nil }
            if now.status.hasSuffix("_IN_PROGRESS") {
                pause.wait()
                continue
            }
            if ["CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"].contains(now.status) {
                return now
            }
            let why = reasons.isEmpty ? "  \(now.statusReason)" : reasons.joined(separator: "\n")
            throw CommandError(
                .failure, "\(now.status): \(name) was not changed as wanted:\n\(why)")
        }
    }

    private static func line(_ event: CloudFormation.StackEvent) -> String {
        let status = event.status.padded(to: 20)
        let reason = event.reason.isEmpty ? "" : "  \(event.reason)"
        return "\(status)  \(event.logicalID)  \(event.resourceType)\(reason)"
    }
}

/// Ever longer pauses between two looks, from a fifth of a second to three.
struct Pause {
    private var seconds = 0.2

    mutating func wait() {
        usleep(useconds_t(seconds * 1e6))
        seconds = min(seconds * 1.5, 3)
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
