import Infrastructure
import JSON
import Pipeline
import Testing

/// What holds for every resource of a kind, however many there will be.
struct SecurityTests {
    static let keyARN: JSON = ["Fn::GetAtt": ["Key", "Arn"]]

    @Test(arguments: Deployed.allCases)
    func `every bucket is encrypted, versioned, closed to the public and to plain HTTP`(
        _ deployed: Deployed
    ) {
        let graph = deployed.graph
        let buckets = graph.resources(of: "AWS::S3::Bucket")
        #expect(buckets.count == 2 + deployed.count { $0 == .bucket })
        for (name, bucket) in buckets {
            let rule = bucket["BucketEncryption"]?["ServerSideEncryptionConfiguration"]?[0]
            #expect(
                rule?["ServerSideEncryptionByDefault"]
                    == ["SSEAlgorithm": "aws:kms", "KMSMasterKeyID": Self.keyARN], "\(name)")
            #expect(bucket["VersioningConfiguration"]?["Status"] == "Enabled", "\(name)")
            let block = bucket["PublicAccessBlockConfiguration"]?.object ?? [:]
            #expect(block.count == 4 && block.allSatisfy { $0.value == true }, "\(name)")
            #expect(bucket["LifecycleConfiguration"]?["Rules"]?.array?.isEmpty == false)
            expectOnlyTLS(graph, "AWS::S3::BucketPolicy", "Bucket", name)
        }
    }

    @Test(arguments: Deployed.allCases)
    func `every queue is encrypted and closed to plain HTTP`(_ deployed: Deployed) {
        let graph = deployed.graph
        let queues = graph.resources(of: "AWS::SQS::Queue")
        #expect(queues.count == 2 + 2 * deployed.count { $0 == .queue })
        for (name, queue) in queues {
            #expect(queue["KmsMasterKeyId"] == Self.keyARN, "\(name)")
            expectOnlyTLS(graph, "AWS::SQS::QueuePolicy", "Queues", name)
        }
        for resource in deployed.jobs.flatMap({ $0.resources }) where resource.kind == .queue {
            let messages = queues.first { $0.name == "\(resource.logicalName)Queue" }?.properties
            #expect(
                messages?["RedrivePolicy"]?["deadLetterTargetArn"]
                    == ["Fn::GetAtt": [.string("\(resource.logicalName)DeadLetterQueue"), "Arn"]])
        }
    }

    private func expectOnlyTLS(
        _ graph: TemplateGraph, _ type: String, _ member: String, _ name: String
    ) {
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

    @Test(arguments: Deployed.allCases)
    func `every table is encrypted, restorable and billed on demand`(_ deployed: Deployed) {
        let graph = deployed.graph
        let tables = graph.resources(of: "AWS::DynamoDB::Table")
        let declared = deployed.count {
            switch $0 {
            case .table, .tables: true
            case .queue, .bucket: false
            }
        }
        #expect(tables.count == 1 + declared)
        for (name, table) in tables {
            #expect(table["SSESpecification"]?["KMSMasterKeyId"] == Self.keyARN, "\(name)")
            #expect(
                table["PointInTimeRecoverySpecification"]
                    == ["PointInTimeRecoveryEnabled": true], "\(name)")
            #expect(table["BillingMode"] == "PAY_PER_REQUEST", "\(name)")
        }
    }

    @Test(arguments: Deployed.allCases)
    func `what cannot be made again stays when the stack goes`(_ deployed: Deployed) {
        let graph = deployed.graph
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

    @Test(arguments: Deployed.allCases)
    func `every function has a role, a log and a concurrency of its own`(_ deployed: Deployed)
        throws
    {
        let graph = deployed.graph
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

    @Test(arguments: Deployed.allCases)
    func `every log group is encrypted and forgets`(_ deployed: Deployed) {
        let graph = deployed.graph
        let groups = graph.resources(of: "AWS::Logs::LogGroup")
        #expect(groups.count == 6 + deployed.jobs.count)
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

    @Test(arguments: Deployed.allCases)
    func `every statement of a role is as narrow as its actions allow`(_ deployed: Deployed) {
        let graph = deployed.graph
        let roles = graph.resources(of: "AWS::IAM::Role")
        #expect(roles.count == 6 + deployed.jobs.count)
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

    @Test(arguments: Deployed.allCases)
    func `nobody calls a function for somebody else`(_ deployed: Deployed) {
        let graph = deployed.graph
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

    @Test(arguments: Deployed.allCases)
    func `every alarm and every rule has somewhere to go`(_ deployed: Deployed) {
        let graph = deployed.graph
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
