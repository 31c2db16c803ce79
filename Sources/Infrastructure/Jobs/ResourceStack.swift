import JSON
import Pipeline

/// What a resource that a job declares is in a stack.
struct ResourceStack: Sendable {
    let resource: JobResource

    init(_ resource: JobResource) { self.resource = resource }

    private var name: String { resource.logicalName }
    private var queueID: String { "\(name)Queue" }
    private var tableID: String { "\(name)Table" }
    private var bucketID: String { "\(name)Bucket" }
    private var summary: String {
        resource.summary.prefix(1).uppercased() + resource.summary.dropFirst()
    }

    /// Under which condition of the template it is there at all.
    var condition: String? { resource.condition?.isOnCondition }

    /// The value, under the resource's condition.
    private func whenThere(_ value: JSON) -> JSON {
        condition.map { Fn.when($0, value) } ?? value
    }

    // MARK: Tables that runs name

    /// Names of all tables of a ``JobResource/Kind/tables(first:key:)`` begin so. Other stacks' tables,
    /// and those of the stack itself, do not.
    private static let tablePrefix = "${AWS::StackName}-table-"
    private var firstTableParameter: String { "Make\(name)Table" }
    private var keyParameter: String { "\(name)TableKey" }
    private var firstTableCondition: String { "Makes\(name)Table" }

    // MARK: In the template

    var resources: [Resource] {
        switch resource.kind {
        case .queue:
            Infrastructure.messageQueue(name, resource.name, condition: condition)
        case .table(let key):
            [
                Infrastructure.table(
                    tableID, key: [(.string(key), "HASH")], condition: condition)
            ]
        case .tables(let first, _):
            [
                Infrastructure.table(
                    tableID, name: Fn.sub(Self.tablePrefix + first),
                    key: [(Fn.ref(keyParameter), "HASH")], condition: firstTableCondition)
            ]
        case .bucket:
            [
                Infrastructure.bucket(
                    bucketID, resource.name, condition: condition,
                    lifecycle: [Infrastructure.replacedVersionsGo]),
                Infrastructure.bucketPolicy(bucketID, condition: condition),
            ]
        }
    }

    /// - Parameter group: under which heading the console shows them.
    func parameters(_ group: String) -> [Parameter] {
        guard case .tables(let first, let key) = resource.kind else { return [] }
        return [
            .choice(
                firstTableParameter, group,
                "Whether the table STACK-table-\(first) is made with the stack. It stays when the "
                    + "stack goes; a later stack of that name goes on with it when this is false.",
                "true", ["true", "false"]),
            Parameter(
                name: keyParameter, group: group,
                description:
                    "The key attribute of that table, a string. It cannot be changed later.",
                defaultValue: .string(key),
                // <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeDefinition.html>
                constraints: ["MinLength": 1, "MaxLength": 255]),
        ]
    }

    var conditions: [(String, JSON)] {
        guard case .tables = resource.kind else { return [] }
        let made = Fn.equals(Fn.ref(firstTableParameter), "true")
        guard let condition else { return [(firstTableCondition, made)] }
        return [(firstTableCondition, ["Fn::And": [["Condition": .string(condition)], made]])]
    }

    var outputs: [Output] {
        switch resource.kind {
        case .queue:
            [
                Output(
                    "\(queueID)URL", "\(summary): the queue.", Fn.ref(queueID),
                    condition: condition),
                Output(
                    "\(queueID)ARN", "The same queue, for the policies of its readers.",
                    Fn.getAtt(queueID, "Arn"), condition: condition),
            ]
        case .table:
            [
                Output(
                    "\(tableID)Name", "\(summary): the table.", Fn.ref(tableID),
                    condition: condition, isKept: true)
            ]
        case .tables:
            [
                Output(
                    "\(tableID)Prefix",
                    "\(summary): what names of tables begin with that runs may load.",
                    Fn.sub(Self.tablePrefix), condition: condition),
                Output(
                    "\(tableID)Name", "The table that was made with the stack.", Fn.ref(tableID),
                    condition: firstTableCondition, isKept: true),
            ]
        case .bucket:
            [
                Output(
                    "\(bucketID)Name", "\(summary): the bucket.", Fn.ref(bucketID),
                    condition: condition, isKept: true)
            ]
        }
    }

    /// The queues whose depth people look at, by logical id.
    var queueIDs: [String] {
        guard resource.kind == .queue, condition == nil else { return [] }
        return [queueID, "\(name)DeadLetterQueue"]
    }

    // MARK: For the functions

    /// The value of the variable in which functions find it.
    var variable: (name: String, value: JSON) {
        let value =
            switch resource.kind {
            case .queue: Fn.ref(queueID)
            case .table: Fn.ref(tableID)
            case .tables: Fn.sub("dynamodb://" + Self.tablePrefix)
            case .bucket: Fn.ref(bucketID)
            }
        return (resource.environment, whenThere(value))
    }

    /// Which functions are told of it: `arrive` for the errors that it sends, `validate` for what it
    /// checks of the place, `seal` for an output that it plans, or a load that it cuts, `emit` for what it
    /// writes.
    var users: Set<StepFunction> {
        switch resource.kind {
        case .queue: [.arrive, .emit]
        case .table: [.emit]
        case .tables: [.validate, .seal, .emit]
        case .bucket: [.validate, .seal, .emit]
        }
    }

    /// What the function may do with it.
    func statements(of function: StepFunction) -> [PolicyStatement] {
        guard users.contains(function) else { return [] }
        switch (resource.kind, function) {
        case (.queue, _):
            return [
                PolicyStatement(
                    "SendTo\(name)", ["sqs:SendMessage"], on: [Fn.getAtt(queueID, "Arn")],
                    when: condition)
            ]
        case (.table, _):
            return [
                PolicyStatement(
                    "Write\(name)", ["dynamodb:PutItem", "dynamodb:UpdateItem"],
                    on: [Fn.getAtt(tableID, "Arn")],
                    when: condition)
            ]
        // Whether tasks may write side by side is known from where the tables are.
        case (.tables, .seal): return []
        case (.tables, let function):
            let writing = [
                "dynamodb:BatchWriteItem", "dynamodb:GetItem", "dynamodb:PutItem",
                "dynamodb:UpdateItem",
            ]
            return [
                PolicyStatement(
                    "Load\(name)",
                    ["dynamodb:DescribeTable"] + (function == .emit ? writing : []),
                    on: [Names.arn("dynamodb", "table/" + Self.tablePrefix + "*")],
                    when: condition)
            ]
        case (.bucket, .validate): return []
        case (.bucket, _):
            return [
                // A large object is put in parts; those that are there are listed when a task goes on.
                PolicyStatement(
                    "Write\(name)",
                    [
                        "s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload",
                        "s3:ListMultipartUploadParts",
                    ], on: [Fn.sub("${\(bucketID).Arn}/*")], when: condition),
                PolicyStatement(
                    "Find\(name)", ["s3:ListBucket"], on: [Fn.getAtt(bucketID, "Arn")],
                    when: condition),
            ]
        }
    }
}
