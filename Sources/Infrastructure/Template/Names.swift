import JSON

/// Names that are known before the resources are there. Where two resources have to know each other,
/// one of them is addressed by such a name: so no dependency goes in a circle.
enum Names {
    /// Twelve hexadecimal digits of when the stack was created: the first two groups of its id, a UUID
    /// of version 1 (RFC 9562 §5.1), of which the last group would be the host's that made it. So another
    /// stack of that name, later, does not meet the buckets that the first one left.
    private static let unique = Fn.join(
        "", .array([0, 1].map { Fn.select($0, Fn.split("-", stackUUID)) }))
    private static let stackUUID = Fn.select(2, Fn.split("/", Fn.ref("AWS::StackId")))

    static func bucket(_ name: String) -> JSON {
        Fn.sub("${AWS::StackName}-\(name)-${Unique}", ["Unique": unique])
    }

    /// The bucket, or with `/*` all that is in it.
    static func bucketARN(_ name: String, _ path: String = "") -> JSON {
        Fn.sub(
            "arn:${AWS::Partition}:s3:::${AWS::StackName}-\(name)-${Unique}\(path)",
            ["Unique": unique])
    }

    /// `STACK-arrive`; the name of a function, and after `/aws/lambda/` of its log group.
    static func inStack(_ name: String) -> JSON { Fn.sub("${AWS::StackName}-\(name)") }

    /// An ARN in this region and account.
    static func arn(_ service: String, _ resource: String) -> JSON {
        Fn.sub(
            "arn:${AWS::Partition}:\(service):${AWS::Region}:${AWS::AccountId}:\(resource)")
    }

    /// `ParseChunk` for parse-chunk: words with capitals and without hyphens, as in logical ids.
    static func logical(_ name: String) -> String {
        name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}
