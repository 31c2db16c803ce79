import JSON
import SQLite
import System

// Executions started: by a request, or by a task of another execution.
extension Runner {
    /// An execution that is to start or go on: a child of a Map Run, or what a task has started.
    enum Start {
        case start(mapRun: Int, index: Int)
        case redrive(mapRun: Int, row: Int)
        case begin(row: Int)

        var mapRun: Int? {
            switch self {
            case .start(let mapRun, _), .redrive(let mapRun, _): mapRun
            case .begin: nil
            }
        }
    }

    /// Stores a new execution of a state machine and takes it into memory; what begins it is the
    /// caller's.
    ///
    /// Of a Standard machine a second start with the same name and input finds the running one.
    /// - Parameter nesting: how many executions wait for this one's end.
    /// - Throws: ``ServiceError`` as StartExecution is refused.
    func start(
        _ request: StartRequest, nesting: Int = 0
    ) throws -> (execution: StartedExecution, isNew: Bool) {
        let machine = try stateMachine(request.machineARN, self)
        let name = request.name ?? randomUUID()
        try Request.checkName(name)
        try Request.checkLength(
            request.inputText, "input", atMost: Limits.payloadBytes, isBytes: true)
        let input: JSON
        do {
            input = try JSON(parsing: request.inputText)
        } catch {
            throw ServiceError(
                "InvalidExecutionInput", "Invalid State Machine Execution Input: '\(error)'")
        }
        let isExpress = machine.type == "EXPRESS"
        let arn = executionARN(machine.name, name, isExpress: isExpress)
        if let running = try running(arn, input) { return (running, false) }
        guard
            executions.count < Limits.openExecutions, nesting <= Limits.nestedExecutions
        else {
            throw ServiceError(
                "ExecutionLimitExceeded",
                nesting > Limits.nestedExecutions
                    ? "\(Limits.nestedExecutions) executions wait for one another already"
                    : "\(Limits.openExecutions) executions are running already")
        }
        let new = NewExecution(
            arn: arn, name: name, machineARN: machine.arn, machineName: machine.name,
            roleARN: machine.roleARN, definition: machine.definition, isExpress: isExpress,
            nesting: nesting, inputText: request.inputText, startedAt: now)
        let program = try program(machine.definition)
        let row = try store.insert(new)
        executions[row] = ExecutionState(
            identity: new.identity(
                row: row, region: configuration.region, account: configuration.account,
                input: input), program: program, startedAt: new.startedAt)
        return (StartedExecution(row: row, arn: arn, startedAt: new.startedAt), true)
    }

    /// The ARN of an execution; an Express one's is unique although its name need not be.
    func executionARN(_ machineName: String, _ name: String, isExpress: Bool) -> String {
        let start = "arn:aws:states:\(configuration.region):\(configuration.account)"
        return isExpress
            ? "\(start):express:\(machineName):\(name):\(randomUUID())"
            : "\(start):execution:\(machineName):\(name)"
    }

    /// The execution of that ARN when it is running with that input.
    /// - Throws: `ExecutionAlreadyExists` for one that has ended or has another input.
    private func running(_ arn: String, _ input: JSON) throws -> StartedExecution? {
        let found = try store.database.rows(
            "SELECT id, status, input, started FROM executions WHERE arn = ?", [.text(arn)]
        ) { (row: $0.int(0), status: $0.text(1), input: $0.text(2), started: $0.int(3)) }
        guard let found = found.first else { return nil }
        guard found.status == "RUNNING", (try? JSON(parsing: found.input)) == input else {
            throw ServiceError("ExecutionAlreadyExists", "Execution Already Exists: '\(arn)'")
        }
        return StartedExecution(
            row: found.row, arn: arn, startedAt: Timestamp(milliseconds: found.started))
    }

    /// Starts an execution for a task. It begins with the others that have their turn, so that one
    /// that starts itself without end keeps nobody else waiting.
    func startExecution(
        _ request: StartRequest, for key: TaskKey, waits: Bool, nesting: Int
    ) throws {
        let result: Result<StartedExecution, ServiceError>
        do {
            try Request.checkARN(
                request.machineARN, "StateMachineArn", of: ["stateMachine"])
            if waits { try checkIsStandard(request.machineARN) }
            let (started, isNew) = try start(request, nesting: waits ? nesting + 1 : 0)
            if isNew { starts.append(.begin(row: started.row)) }
            if waits { waitingTasks[started.row, default: []].append(key) }
            result = .success(started)
        } catch let error as ServiceError {
            result = .failure(error)
        }
        stimuli.append(
            (key.execution, .executionStarted(flow: key.flow, ticket: key.ticket, result)))
    }

    /// What Express executions come to nobody is told, so nothing can wait for them.
    private func checkIsStandard(_ machineARN: String) throws {
        guard try stateMachine(machineARN, self).type != "EXPRESS" else {
            throw ServiceError(
                "StateMachineTypeNotSupported",
                "An execution of an EXPRESS state machine cannot be waited for: '\(machineARN)'")
        }
    }

    /// After a restart: the task goes on waiting for that execution.
    func expectExecution(_ arn: String, for key: TaskKey) throws {
        let rows = try store.database.rows(
            "SELECT id, status FROM executions WHERE arn = ?", [.text(arn)]
        ) { (row: $0.int(0), status: $0.text(1)) }
        guard let found = rows.first else { throw EngineError(.store, "\(arn) is missing") }
        if found.status == "RUNNING" {
            waitingTasks[found.row, default: []].append(key)
        } else if let state = try load(found.row) {
            stimuli.append(
                (
                    key.execution,
                    .executionEnded(flow: key.flow, ticket: key.ticket, state.asEnded)
                ))
        }
    }

    func stopExecution(_ arn: String) throws {
        let rows = try store.database.rows(
            "SELECT id FROM executions WHERE arn = ?", [.text(arn)]
        ) { $0.int(0) }
        guard let row = rows.first, executions[row] != nil else { return }
        stimuli.append((row, .stop(Failure(error: nil, cause: nil))))
    }
}
