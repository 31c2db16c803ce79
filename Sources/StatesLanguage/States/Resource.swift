/// What a ``Task`` calls: the ARN of a service integration, a Lambda function or an activity.
///
/// See <https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html>.
public struct Resource: RawRepresentable, Sendable, Hashable, ExpressibleByStringInterpolation {
    /// The ARN, or a placeholder such as `${Arn}` for one.
    public let rawValue: String
    /// As written.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// As written in Swift source.
    public init(stringLiteral text: String) { rawValue = text }

    /// Calls a Lambda function.
    public static let lambdaInvoke: Resource = "arn:aws:states:::lambda:invoke"
    /// Sends one message to an SQS queue.
    public static let sqsSendMessage: Resource = "arn:aws:states:::sqs:sendMessage"
    /// Starts an execution of another state machine.
    public static let startExecution: Resource = "arn:aws:states:::states:startExecution"
    /// Reads an object, for an ``ItemReader``.
    public static let s3GetObject: Resource = "arn:aws:states:::s3:getObject"
    /// Writes objects, for a ``ResultWriter``.
    public static let s3PutObject: Resource = "arn:aws:states:::s3:putObject"
    /// Lists a bucket for an ``ItemReader``.
    public static let s3ListObjectsV2: Resource = "arn:aws:states:::s3:listObjectsV2"

    /// The same call, answered by SendTaskSuccess or SendTaskFailure with the task's token.
    public var waitForTaskToken: Resource { Resource(rawValue: rawValue + ".waitForTaskToken") }
    /// The same call, ended when the job it starts has ended.
    public var sync: Resource { Resource(rawValue: rawValue + ".sync") }
    /// ``sync`` of `startExecution` with the child's output as JSON instead of text.
    public var syncJSON: Resource { Resource(rawValue: rawValue + ".sync:2") }

    /// How long a call takes.
    public enum Pattern: Sendable, Hashable {
        case requestResponse, sync, syncJSON, waitForTaskToken
    }

    /// What kind of resource the ARN names.
    public enum Target: Sendable, Hashable {
        /// `arn:aws:states:::SERVICE:ACTION`; of an SDK integration, `service` is `aws-sdk:NAME`.
        case service(String, action: String, Pattern)
        /// `arn:aws:lambda:REGION:ACCOUNT:function:NAME`, called with the payload as it is; the ARN
        /// without the pattern's suffix.
        case function(String, Pattern)
        /// `arn:aws:states:REGION:ACCOUNT:activity:NAME`.
        case activity(String)
        case unknown
    }

    /// What the ARN names; `.unknown` for a placeholder.
    public var target: Target {
        let parts = rawValue.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 7, parts[0] == "arn" else { return .unknown }
        let (rest, pattern) = withoutPattern
        switch (parts[2], parts[5]) {
        case ("lambda", "function"): return .function(rest, pattern)
        case ("states", "activity"): return .activity(rawValue)
        case ("states", _) where parts[3].isEmpty && parts[4].isEmpty: break
        default: return .unknown
        }
        let name = rest.split(separator: ":", omittingEmptySubsequences: false)
        guard name.count >= 7, let action = name.last else { return .unknown }
        return .service(
            name[5...].dropLast().joined(separator: ":"), action: String(action), pattern)
    }

    /// How the call is made; `.requestResponse` for what has no suffix.
    public var pattern: Pattern { withoutPattern.pattern }

    private var withoutPattern: (text: String, pattern: Pattern) {
        for (suffix, pattern) in [
            (".waitForTaskToken", Pattern.waitForTaskToken), (".sync:2", .syncJSON),
            (".sync", .sync),
        ] where rawValue.hasSuffix(suffix) {
            return (String(rawValue.dropLast(suffix.count)), pattern)
        }
        return (rawValue, .requestResponse)
    }
}
