import Infrastructure
import JSON
import Pipeline
import Testing

/// Who may touch what, worked out from the policies for concrete ARNs.
struct IsolationTests {
    /// A job of a template, by its place, so that pairs of them can be arguments.
    struct Pair: CustomTestStringConvertible {
        var deployed: Deployed
        var a: any Job.Type
        var b: any Job.Type
        var testDescription: String { "\(a.name) and \(b.name)" }
    }

    static let pairs = Deployed.allCases.flatMap { deployed in
        deployed.jobs.flatMap { a in
            deployed.jobs.filter { $0.name != a.name }.map {
                Pair(deployed: deployed, a: a, b: $0)
            }
        }
    }

    static func logicalName(_ job: any Job.Type) -> String {
        job.name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    static func role(of job: any Job.Type) -> String {
        logicalName(job) + "StateMachineRole"
    }

    /// ARNs of what belongs to the job.
    static func things(of job: any Job.Type, _ stack: ConcreteStack) -> [String] {
        let work = stack.arn(of: "WorkBucket") + "/\(job.name)/set-1/"
        let machine = "\(ConcreteStack.name)-\(job.name)"
        return [
            work + "manifests/emit.json", work + "results/EmitAll/manifest.json",
            work + "parts/00001", ConcreteStack.arn("states", "stateMachine:\(machine)"),
            ConcreteStack.arn("states", "execution:\(machine):set-1"),
            ConcreteStack.arn("states", "execution:\(machine)/EmitAll:0a1b"),
            ConcreteStack.arn("states", "mapRun:\(machine)/EmitAll:0a1b"),
        ] + job.resources.flatMap { things(of: $0, stack) }
    }

    static func things(of resource: JobResource, _ stack: ConcreteStack) -> [String] {
        let name = resource.logicalName
        switch resource.kind {
        case .queue:
            return [stack.arn(of: "\(name)Queue"), stack.arn(of: "\(name)DeadLetterQueue")]
        case .table: return [stack.arn(of: "\(name)Table")]
        case .tables:
            return [
                stack.arn(of: "\(name)Table"), ConcreteStack.arn("dynamodb", "table/demo-table-x"),
            ]
        case .bucket:
            return [stack.arn(of: "\(name)Bucket"), stack.arn(of: "\(name)Bucket") + "/a.csv"]
        }
    }

    @Test(arguments: pairs)
    func `the state machine of a job cannot touch what belongs to another`(_ pair: Pair) {
        let stack = ConcreteStack(graph: pair.deployed.graph)
        for thing in Self.things(of: pair.b, stack) {
            #expect(!thing.contains("?"), "\(thing)")
            #expect(!stack.allows(Self.role(of: pair.a), nil, on: thing), "\(thing)")
        }
    }

    @Test(arguments: Deployed.allCases)
    func `the state machine of a job can do its own work`(_ deployed: Deployed) {
        let stack = ConcreteStack(graph: deployed.graph)
        for job in deployed.jobs {
            let role = Self.role(of: job)
            let work = stack.arn(of: "WorkBucket") + "/\(job.name)/set-1/"
            let machine = "demo-\(job.name)"
            for (action, arn) in [
                ("s3:GetObject", work + "manifests/emit.json"),
                ("s3:PutObject", work + "results/EmitAll/x/manifest.json"),
                ("states:StartExecution", ConcreteStack.arn("states", "stateMachine:\(machine)")),
                (
                    "states:RedriveExecution",
                    ConcreteStack.arn("states", "execution:\(machine)/EmitAll:0a1b")
                ),
                ("lambda:InvokeFunction", stack.arn(of: "EmitFunction")),
            ] {
                #expect(stack.allows(role, action, on: arn), "\(job.name) \(action) \(arn)")
            }
            #expect(!stack.allows(role, "s3:PutObject", on: work + "manifests/emit.json"))
            let callsAggregate = job.stages.contains { $0.function == .aggregate }
            #expect(
                stack.allows(role, "lambda:InvokeFunction", on: stack.arn(of: "AggregateFunction"))
                    == callsAggregate, "\(job.name)")
        }
    }

    @Test(arguments: Deployed.allCases)
    func `arrive starts executions of the jobs and of nothing else`(_ deployed: Deployed) {
        let stack = ConcreteStack(graph: deployed.graph)
        func starts(_ machine: String) -> Bool {
            stack.allows(
                "ArriveRole", "states:StartExecution",
                on: ConcreteStack.arn("states", "stateMachine:demo-\(machine)"))
        }
        for job in deployed.jobs { #expect(starts(job.name), "\(job.name)") }
        #expect(!starts("another"))
        #expect(stack.allows("ArriveRole", "sqs:SendMessage", on: stack.arn(of: "ErrorsQueue")))
    }

    /// By function and kind of resource the actions that it may do with it, worked out for each.
    static let allowed: [(StepFunction, kind: String, Set<String>)] = [
        (.arrive, "queue", ["sqs:SendMessage"]), (.emit, "queue", ["sqs:SendMessage"]),
        (.emit, "table", ["dynamodb:PutItem", "dynamodb:UpdateItem"]),
        (.validate, "tables", ["dynamodb:DescribeTable"]),
        (
            .emit, "tables",
            [
                "dynamodb:BatchWriteItem", "dynamodb:DescribeTable", "dynamodb:GetItem",
                "dynamodb:PutItem", "dynamodb:UpdateItem",
            ]
        ),
        (.seal, "bucket", bucketActions), (.emit, "bucket", bucketActions),
    ]
    static let bucketActions: Set = [
        "s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts",
    ]

    @Test func `functions may do with resources what they need and nothing else`() {
        let stack = ConcreteStack(graph: Deployed.toys.graph)
        let things = [
            ("queue", stack.arn(of: "LettersQueue")), ("table", stack.arn(of: "ToysTable")),
            ("tables", stack.arn(of: "LoadedTable")),
            ("bucket", stack.arn(of: "ResultsBucket") + "/a b.csv"),
        ]
        let actions = Self.allowed.reduce(into: Set<String>()) { $0.formUnion($1.2) }
            .union([
                "dynamodb:DeleteItem", "dynamodb:Scan", "s3:DeleteObject", "sqs:ReceiveMessage",
            ])
        for function in StepFunction.allCases {
            for (kind, arn) in things {
                let expected =
                    Self.allowed.first { $0.0 == function && $0.kind == kind }?.2 ?? []
                let found = actions.filter {
                    stack.allows(function.logicalName + "Role", $0, on: arn)
                }
                #expect(found == expected, "\(function.rawValue) \(kind)")
            }
        }
        // Tables that are not named for loading.
        let other = ConcreteStack.arn("dynamodb", "table/demo-other")
        #expect(!stack.allows("EmitRole", nil, on: other))
        #expect(!stack.allows("ValidateRole", nil, on: other))
    }

    @Test func `what no job needs, functions may not do`() {
        let stack = ConcreteStack(
            graph: TemplateGraph(Infrastructure(of: [Toys.Plain.self]).template.json))
        let table = stack.arn(of: "FileSetsTable")
        let drop = stack.arn(of: "DropBucket") + "/plain/a.csv"
        #expect(!stack.allows("EmitRole", nil, on: table))
        #expect(!stack.allows("EmitRole", nil, on: drop))
        let toys = ConcreteStack(graph: Deployed.toys.graph)
        #expect(toys.allows("EmitRole", "dynamodb:UpdateItem", on: table))
        #expect(toys.allows("EmitRole", "s3:GetObjectVersion", on: drop))
    }
}
