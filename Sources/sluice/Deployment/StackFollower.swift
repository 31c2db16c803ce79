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

    /// Follows a change to its end, which is an event of the stack itself. What DescribeStacks says is only
    /// eventually consistent: right after a change began, it may still have the status from before.
    /// - Parameters:
    ///   - id: of the last event before the change.
    ///   - wanted: the status that it is to end with.
    /// - Returns: the stack as it is then; nil when it is gone.
    /// - Throws: ``CommandError`` when the change failed, with the reasons of the resources.
    func follow(after id: String?, to wanted: String) throws -> CloudFormation.Stack? {
        var last = id
        var reasons: [String] = []
        var pause = Pause()
        while true {
            // First the stack, then its events: none is left over when it is gone.
            let now = try cloudFormation.describeStack(name: stack)
            if now == nil, wanted == Self.deleted { return nil }
            let events =
                now == nil
                ? [] : try cloudFormation.describeStackEvents(name: stack, after: last)
            var end: CloudFormation.StackEvent?
            for event in events {
                last = event.id
                if !event.status.hasSuffix("_IN_PROGRESS") {
                    Terminal.standardError(Self.line(event) + "\n")
                    if event.resourceType == "AWS::CloudFormation::Stack",
                        event.logicalID == name
                    {
                        end = event
                        continue
                    }
                }
                // The others are given up because of the first.
                if event.isFailure, !event.reason.contains("cancelled") {
                    reasons.append("  \(event.logicalID) (\(event.resourceType)): \(event.reason)")
                }
            }
            guard let end else {
                pause.wait()
                continue
            }
            guard end.status == wanted else {
                let why = reasons.isEmpty ? "  \(end.reason)" : reasons.joined(separator: "\n")
                throw CommandError(
                    .failure, "\(end.status): \(name) was not changed as wanted:\n\(why)")
            }
            return try settled(wanted)
        }
    }

    static let created = "CREATE_COMPLETE"
    static let updated = "UPDATE_COMPLETE"
    static let deleted = "DELETE_COMPLETE"

    /// The stack once it is described as its events have it, or as it is described after some looks,
    /// when somebody has begun another change.
    private func settled(_ status: String) throws -> CloudFormation.Stack? {
        var pause = Pause()
        var now = try cloudFormation.describeStack(name: stack)
        for _ in 0..<10 where now != nil && now?.status != status {
            pause.wait()
            now = try cloudFormation.describeStack(name: stack)
        }
        return now
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
