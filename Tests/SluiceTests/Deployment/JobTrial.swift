import JSON
import Pipeline

/// What a job is put through in a stack that was deployed.
struct JobTrial: Sendable {
    var job: any Job.Type
    /// With the defaults of the template's parameters.
    var asDeployed: @Sendable (DeployedStack) throws -> Void
    /// Once `AllowedRejects` has become 1.
    var withAllowedReject: @Sendable (DeployedStack) throws -> Void
    /// Of a second stack, whose `QueueType` is `fifo` and whose `Delimiter` is `tab`, the job's own
    /// parameters: `NAME=VALUE`.
    var otherParameters: [String]
    /// In that stack.
    var inOtherStack: @Sendable (DeployedStack) throws -> Void

    /// Those of all jobs.
    static let all = [customerMessages, tableLoad, thresholdFilter]
}
