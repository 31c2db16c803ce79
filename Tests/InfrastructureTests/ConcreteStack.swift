import JSON

/// The template as a stack of a certain name, with intrinsic functions worked out: what the policies of
/// its roles say of concrete ARNs. All conditions hold but that of FIFO queues.
struct ConcreteStack {
    let graph: TemplateGraph
    static let name = "demo"

    private static let pseudoParameters = [
        "AWS::StackName": name, "AWS::Partition": "aws", "AWS::Region": "eu-west-1",
        "AWS::AccountId": "123456789012", "AWS::URLSuffix": "amazonaws.com",
        "AWS::StackId":
            "arn:aws:cloudformation:eu-west-1:123456789012:stack/demo/0a1b2c3d-4e5f-11f0",
    ]

    /// An ARN in the stack's region and account.
    static func arn(_ service: String, _ resource: String) -> String {
        "arn:aws:\(service):eu-west-1:123456789012:\(resource)"
    }

    func text(_ json: JSON) -> String {
        if let text = json.string { return text }
        if let name = json["Ref"]?.string {
            return Self.pseudoParameters[name] ?? physicalName(of: name)
        }
        if let target = json["Fn::GetAtt"] {
            return attribute(target[1]?.string ?? "", of: target[0]?.string ?? "")
        }
        if let branches = json["Fn::If"] {
            return text((branches[0] == "IsFIFO" ? branches[2] : branches[1]) ?? .null)
        }
        if json["Fn::Join"] != nil { return "unique" }
        guard let sub = json["Fn::Sub"] else { return "?" }
        let own = sub[1]?.object ?? [:]
        var result = ""
        for (index, piece) in (sub.string ?? sub[0]?.string ?? "")
            .split(separator: "${", omittingEmptySubsequences: false).enumerated()
        {
            guard index > 0, let end = piece.firstIndex(of: "}") else {
                result += piece
                continue
            }
            let name = String(piece[..<end])
            let words = name.split(separator: ".").map(String.init)
            result +=
                own[name].map(text) ?? Self.pseudoParameters[name]
                ?? (words.count == 2
                    ? attribute(words[1], of: words[0]) : physicalName(of: name))
            result += piece[piece.index(after: end)...]
        }
        return result
    }

    private func physicalName(of id: String) -> String {
        let properties = graph.resources[id]?["Properties"] ?? .null
        for member in [
            "BucketName", "QueueName", "TableName", "FunctionName", "StateMachineName",
            "LogGroupName",
        ] {
            if let name = properties[member] { return text(name) }
        }
        return id
    }

    private func attribute(_ attribute: String, of id: String) -> String {
        let name = physicalName(of: id)
        guard attribute == "Arn" else { return name }
        return switch graph.resources[id]?["Type"]?.string {
        case "AWS::S3::Bucket": "arn:aws:s3:::\(name)"
        case "AWS::SQS::Queue": Self.arn("sqs", name)
        case "AWS::DynamoDB::Table": Self.arn("dynamodb", "table/\(name)")
        case "AWS::Lambda::Function": Self.arn("lambda", "function:\(name)")
        case "AWS::Logs::LogGroup": Self.arn("logs", "log-group:\(name):*")
        case let type: Self.arn(type ?? "unknown", name)
        }
    }

    func arn(of id: String) -> String { attribute("Arn", of: id) }

    /// Whether a statement of the role allows the action, or any action for nil, on what has that ARN.
    /// Statements on all there is are left aside: their actions know no resource.
    func allows(_ role: String, _ action: String?, on arn: String) -> Bool {
        var isAllowed = false
        let policies = graph.resources[role]?["Properties"]?["Policies"] ?? .null
        TemplateGraph.forEach(in: policies) { statement in
            guard statement["Effect"] == "Allow",
                action == nil || statement["Action"]?.array?.contains(.string(action!)) == true
            else { return }
            for pattern in statement["Resource"]?.array ?? [] where pattern != "*" {
                if Self.matches(Substring(arn), Substring(text(pattern))) { isAllowed = true }
            }
        }
        return isAllowed
    }

    /// As IAM compares: `*` stands for any characters, slashes and colons too.
    static func matches(_ text: Substring, _ pattern: Substring) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == "*" {
            var rest = text
            while true {
                if matches(rest, pattern.dropFirst()) { return true }
                if rest.isEmpty { return false }
                rest = rest.dropFirst()
            }
        }
        return text.first == first && matches(text.dropFirst(), pattern.dropFirst())
    }
}
