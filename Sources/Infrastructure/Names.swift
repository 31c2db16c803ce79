import JSON
import Pipeline

/// Names that are known before the resources are there. Where two resources have to know each other,
/// one of them is addressed by such a name: so no dependency goes in a circle.
enum Names {
    /// The last twelve digits of the stack's own id: another stack of that name, later, has others,
    /// so that it does not meet the buckets that the first one left.
    private static let unique = Fn.select(
        4, Fn.split("-", Fn.select(2, Fn.split("/", Fn.ref("AWS::StackId")))))

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

    static let stateMachine = "${AWS::StackName}-\(CustomerMessages.name)"
    static let stateMachineARN = arn("states", "stateMachine:" + stateMachine)
}
