import JSON
public import Pipeline

extension StepFunction {
    /// The function's logical id.
    var logicalID: String { logicalName + "Function" }
    var memoryParameter: String { logicalName + "MemoryMB" }
    /// The function's ARN without a dependency on it.
    var arnByName: JSON { Names.arn("lambda", "function:${AWS::StackName}-\(rawValue)") }

    /// The parameter that says where its package is.
    public var codeKeyParameter: String { logicalName + "CodeKey" }
    /// Its name in a stack.
    public func nameInStack(_ stack: String) -> String { "\(stack)-\(rawValue)" }

    /// Workers run side by side, one for a chunk or a task of a stage.
    var isWorker: Bool { [.parseChunk, .aggregate, .emit].contains(self) }

    /// Unless its parameter says otherwise.
    var memoryMB: Int {
        switch self {
        case .arrive: 256
        // Looks at the first bytes of a file only.
        case .validate: 512
        case .seal: 1024
        // Bound by the processor: all of one.
        case .parseChunk, .aggregate, .emit: 1769
        }
    }

    var timeoutSeconds: Int {
        switch self {
        case .arrive: 60
        case .validate: 300
        case .parseChunk, .seal, .aggregate, .emit: 900
        }
    }
}

/// What one of the functions is told and what it may do: the union of what all jobs need.
struct LambdaFunction: Sendable {
    let function: StepFunction
    let environment: JSONObject
    let statements: [PolicyStatement]

    private static let objects: [(String, JSON)] = [
        ("SLUICE_OBJECTS", "s3://"), ("SLUICE_WORK_BUCKET", Fn.ref("WorkBucket")),
        // mallopt(3): memory that is freed stays for the next invocation, which wants as much again.
        ("MALLOC_MMAP_THRESHOLD_", "33554432"), ("MALLOC_TRIM_THRESHOLD_", "1073741824"),
        ("MALLOC_TOP_PAD_", "1048576"),
    ]

    private static let rules: [(String, JSON)] = [
        ("SLUICE_ALLOWED_REJECTS", Fn.ref("AllowedRejects")),
        ("SLUICE_DELIMITER", Fn.findInMap("Delimiters", Fn.ref("Delimiter"), "Character")),
    ]

    private static let fileSets: [(String, JSON)] = [
        ("SLUICE_TABLE", Fn.sub("dynamodb://${FileSetsTable}"))
    ]

    init(_ function: StepFunction, for jobs: [JobStack], options: [(String, JSON)]) {
        let resources = jobs.flatMap(\.resourceStacks)
        let used = resources.filter { $0.users.contains(function) }
        let own = used.flatMap { $0.statements(of: function) }
        // What is known of the columns of loaded tables is kept beside the file sets.
        let keepsColumns =
            function == .emit && resources.contains { $0.resource.isTablesOfRuns }
        // What writes results itself reads the dropped file once more, what plans them its header.
        let rereads =
            [.emit, .seal].contains(function) && resources.contains { $0.resource.kind == .bucket }
        let usesTables = function == .arrive || own.contains { $0.writesItems }

        var variables: [(String, JSON)]
        var statements: [PolicyStatement]
        switch function {
        case .arrive:
            variables = Self.arriveVariables + Self.fileSets
            statements = PolicyStatement.arrive(jobs)
        case .validate:
            variables = Self.objects + Self.rules
            statements = PolicyStatement.readDrops + [.findWork, .writeWork(jobs)]
        case .parseChunk:
            variables = Self.objects + Self.rules
            statements =
                PolicyStatement.readDrops + [.readWork(jobs), .findWork, .writeWork(jobs)]
        case .seal:
            variables = Self.objects + Self.rules
            statements =
                (rereads ? PolicyStatement.readDrops : [])
                + [.readWork(jobs), .findWork, .writeWork(jobs)]
        case .aggregate, .emit:
            variables = Self.objects + (keepsColumns ? Self.fileSets : [])
            statements =
                (rereads ? PolicyStatement.readDrops : [])
                + [.readWork(jobs), .findWork, .writeWork(jobs)]
                + (keepsColumns ? [.keepColumns] : [])
        }
        statements += own + [.useKey] + (usesTables ? [.useTableKey] : [])
        variables += used.map(\.variable) + options
        self.function = function
        environment = JSONObject(variables)
        self.statements = statements
    }

    private static let arriveVariables: [(String, JSON)] = [
        ("SLUICE_ERRORS_QUEUE", Fn.ref("ErrorsQueue")),
        (
            "SLUICE_STATE_MACHINE_ARN_PREFIX",
            Names.arn("states", "stateMachine:${AWS::StackName}-")
        ),
        ("SLUICE_DEADLINE_SECONDS", Fn.ref("DeadlineSeconds")),
    ]
}

extension JobResource {
    fileprivate var isTablesOfRuns: Bool { if case .tables = kind { true } else { false } }
}
