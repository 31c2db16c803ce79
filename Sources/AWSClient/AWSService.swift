/// The services that Sluice talks to.
public enum AWSService: String, Sendable, Hashable, CaseIterable {
    case stepFunctions = "Step Functions"
    case dynamoDB = "DynamoDB"
    case s3 = "S3"
    case sqs = "SQS"
    case cloudFormation = "CloudFormation"
    case lambda = "Lambda"
    case sts = "STS"

    /// The name in a signature's scope and in front of AWS's host names.
    var signingName: String {
        switch self {
        case .stepFunctions: "states"
        case .dynamoDB: "dynamodb"
        case .s3: "s3"
        case .sqs: "sqs"
        case .cloudFormation: "cloudformation"
        case .lambda: "lambda"
        case .sts: "sts"
        }
    }

    /// The end of AWS_ENDPOINT_URL_….
    ///
    /// <https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html>
    var environmentName: String {
        switch self {
        case .stepFunctions: "SFN"
        case .dynamoDB: "DYNAMODB"
        case .s3: "S3"
        case .sqs: "SQS"
        case .cloudFormation: "CLOUDFORMATION"
        case .lambda: "LAMBDA"
        case .sts: "STS"
        }
    }

    /// What stands before an operation's name in `X-Amz-Target`; nil where an operation is told by
    /// the path or the body.
    var targetPrefix: String? {
        switch self {
        case .stepFunctions: "AWSStepFunctions"
        case .dynamoDB: "DynamoDB_20120810"
        case .sqs: "AmazonSQS"
        case .sts: "STS"
        case .s3, .cloudFormation, .lambda: nil
        }
    }

    /// Whether its errors are XML.
    var hasXMLErrors: Bool { targetPrefix == nil && self != .lambda }
}
