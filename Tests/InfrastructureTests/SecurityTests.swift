import Infrastructure
import JSON
import Testing

/// What holds for every resource of a kind, however many there will be.
struct SecurityTests {
    let graph = TemplateGraph(Infrastructure.template.json)
    static let keyARN: JSON = ["Fn::GetAtt": ["Key", "Arn"]]

    @Test func `every bucket is encrypted, versioned, closed to the public and to plain HTTP`() {
        let buckets = graph.resources(of: "AWS::S3::Bucket")
        #expect(buckets.count == 2)
        for (name, bucket) in buckets {
            let rule = bucket["BucketEncryption"]?["ServerSideEncryptionConfiguration"]?[0]
            #expect(
                rule?["ServerSideEncryptionByDefault"]
                    == ["SSEAlgorithm": "aws:kms", "KMSMasterKeyID": Self.keyARN], "\(name)")
            #expect(bucket["VersioningConfiguration"]?["Status"] == "Enabled", "\(name)")
            let block = bucket["PublicAccessBlockConfiguration"]?.object ?? [:]
            #expect(block.count == 4 && block.allSatisfy { $0.value == true }, "\(name)")
            #expect(bucket["LifecycleConfiguration"]?["Rules"]?.array?.isEmpty == false)
            expectOnlyTLS("AWS::S3::BucketPolicy", "Bucket", name)
        }
    }

    @Test func `every queue is encrypted and closed to plain HTTP`() {
        let queues = graph.resources(of: "AWS::SQS::Queue")
        #expect(queues.count == 3)
        for (name, queue) in queues {
            #expect(queue["KmsMasterKeyId"] == Self.keyARN, "\(name)")
            expectOnlyTLS("AWS::SQS::QueuePolicy", "Queues", name)
        }
        let messages = queues.first { $0.name == "MessagesQueue" }?.properties
        #expect(
            messages?["RedrivePolicy"]?["deadLetterTargetArn"]
                == ["Fn::GetAtt": ["MessagesDeadLetterQueue", "Arn"]])
    }

    private func expectOnlyTLS(_ type: String, _ member: String, _ name: String) {
        let policy = graph.resources(of: type).first {
            TemplateGraph.references(in: $0.properties[member] ?? .null).contains(name)
        }
        let statements = policy?.properties["PolicyDocument"]?["Statement"]?.array ?? []
        #expect(
            statements.contains {
                $0["Effect"] == "Deny" && $0["Principal"] == "*"
                    && $0["Condition"] == ["Bool": ["aws:SecureTransport": "false"]]
            }, "\(name)")
    }

    @Test func `every table is encrypted, restorable and billed on demand`() {
        let tables = graph.resources(of: "AWS::DynamoDB::Table")
        #expect(tables.count == 2)
        for (name, table) in tables {
            #expect(table["SSESpecification"]?["KMSMasterKeyId"] == Self.keyARN, "\(name)")
            #expect(
                table["PointInTimeRecoverySpecification"]
                    == ["PointInTimeRecoveryEnabled": true], "\(name)")
            #expect(table["BillingMode"] == "PAY_PER_REQUEST", "\(name)")
        }
    }

    @Test func `what cannot be made again stays when the stack goes`() {
        let kept: Set = ["AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::KMS::Key"]
        for (name, resource) in graph.resources {
            let isKept = kept.contains(resource["Type"]?.string ?? "")
            #expect(
                resource["DeletionPolicy"]?.string == (isKept ? "RetainExceptOnCreate" : nil),
                "\(name)")
            #expect(
                resource["UpdateReplacePolicy"]?.string == (isKept ? "Retain" : nil), "\(name)")
        }
    }

    @Test func `every function has a role, a log and a concurrency of its own`() throws {
        let functions = graph.resources(of: "AWS::Lambda::Function")
        #expect(functions.count == 6)
        var roles: Set<JSON> = []
        for (name, function) in functions {
            #expect(function["KmsKeyArn"] == Self.keyARN, "\(name)")
            #expect(function["TracingConfig"] == ["Mode": "Active"], "\(name)")
            #expect(function["ReservedConcurrentExecutions"] != nil, "\(name)")
            #expect(function["VpcConfig"] != nil, "\(name)")
            let logging = try #require(function["LoggingConfig"], "\(name)")
            #expect(logging["LogFormat"] == "JSON", "\(name)")
            let group = logging["LogGroup"]?["Ref"]?.string ?? ""
            #expect(
                graph.resources[group]?["Properties"]?["LogGroupName"]?["Fn::Sub"]?.string
                    == "/aws/lambda/"
                    + (function["FunctionName"]?["Fn::Sub"]?.string ?? ""), "\(name)")
            #expect(roles.insert(try #require(function["Role"])).inserted, "\(name)")
        }
    }

    @Test func `every log group is encrypted and forgets`() {
        let groups = graph.resources(of: "AWS::Logs::LogGroup")
        #expect(groups.count == 7)
        for (name, group) in groups {
            #expect(group["RetentionInDays"] == ["Ref": "LogRetentionDays"], "\(name)")
            #expect(group["KmsKeyId"] == Self.keyARN, "\(name)")
        }
    }

    /// Actions that know no resource, by AWS's service authorization reference, and those on network
    /// interfaces, which have no name beforehand.
    static let withoutResource: Set = [
        "states:SendTaskSuccess",
        "xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules",
        "xray:GetSamplingTargets", "logs:CreateLogDelivery", "logs:GetLogDelivery",
        "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:ListLogDeliveries",
        "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
        "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets",
        "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses",
        "ec2:UnassignPrivateIpAddresses",
    ]

    @Test func `every statement of a role is as narrow as its actions allow`() {
        let roles = graph.resources(of: "AWS::IAM::Role")
        #expect(roles.count == 7)
        for (name, role) in roles {
            var statements: [JSON] = []
            TemplateGraph.forEach(in: role["Policies"] ?? .null) {
                if $0["Sid"] != nil { statements.append($0) }
            }
            #expect(!statements.isEmpty, "\(name)")
            for statement in statements {
                let actions = (statement["Action"]?.array ?? []).compactMap(\.string)
                #expect(!actions.isEmpty && actions.allSatisfy { !$0.contains("*") }, "\(name)")
                let resources = statement["Resource"]?.array ?? []
                #expect(!resources.isEmpty, "\(name)")
                if resources.contains("*") {
                    #expect(Set(actions).isSubset(of: Self.withoutResource), "\(name) \(actions)")
                }
            }
            #expect(role["ManagedPolicyArns"] == nil, "\(name)")
        }
    }

    @Test func `nobody calls a function for somebody else`() {
        let permissions = graph.resources(of: "AWS::Lambda::Permission")
        #expect(permissions.count == 3)
        for (name, permission) in permissions {
            #expect(permission["SourceArn"] != nil, "\(name)")
            #expect(permission["Principal"]?.string?.hasSuffix(".amazonaws.com") == true, "\(name)")
            // S3's names of buckets carry no account.
            if permission["Principal"] == "s3.amazonaws.com" {
                #expect(permission["SourceAccount"] == ["Ref": "AWS::AccountId"], "\(name)")
            }
        }
    }

    @Test func `every alarm and every rule has somewhere to go`() {
        for (name, alarm) in graph.resources(of: "AWS::CloudWatch::Alarm") {
            #expect(alarm["AlarmActions"]?["Fn::If"]?[0] == "HasAlarmEmail", "\(name)")
        }
        for (name, rule) in graph.resources(of: "AWS::Events::Rule") {
            for target in rule["Targets"]?.array ?? [] {
                #expect(target["DeadLetterConfig"]?["Arn"] != nil, "\(name)")
            }
            // Else the children of Maps would count as executions.
            #expect(rule["EventPattern"]?["detail"]?["stateMachineArn"] != nil, "\(name)")
        }
    }
}
