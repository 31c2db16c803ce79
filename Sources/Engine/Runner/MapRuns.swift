import JSON
import StatesLanguage
import System

// Map Runs: their children are started and stopped here, their results gathered.
extension Runner {
    func startMapRun(_ plan: MapRunPlan, of state: ExecutionState) throws {
        let row = try store.insert(plan, execution: state.identity.row, startedAt: now)
        let identity = MapRun.Identity(
            row: row, arn: plan.arn, executionRow: state.identity.row,
            executionARN: state.identity.arn, flow: plan.flow, label: plan.label, body: plan.body,
            isExpress: plan.isExpress, count: plan.children.count,
            itemCount: plan.children.reduce(0) { $0 + $1.items },
            maxConcurrency: plan.maxConcurrency, toleratedFailureCount: plan.toleratedFailureCount,
            toleratedFailurePercentage: plan.toleratedFailurePercentage, results: plan.results)
        mapRuns[row] = MapRun(identity: identity, startedAt: now)
        mapRuns[row]!.concurrencyLimit = childConcurrency(state.program, plan.body)
        changedMapRuns.insert(row)
        try perform(mapRuns[row]!.advance(), mapRun: row)
    }

    /// How many children at once make sense: of those that wait for functions only, as the workers take.
    private func childConcurrency(_ program: Program, _ body: Int) -> Int {
        program.waitsForFunctionsOnly(body)
            ? max(configuration.childConcurrency, 1) : Limits.childConcurrency
    }

    /// Of a Map Run that was loaded; its execution is in memory.
    func limitConcurrency(_ run: inout MapRun) {
        guard let parent = executions[run.identity.executionRow] else { return }
        run.concurrencyLimit = childConcurrency(parent.program, run.identity.body)
    }

    func perform(_ actions: [MapRun.Action], mapRun row: Int) throws {
        for action in actions {
            switch action {
            case .start(let index): starts.append(.start(mapRun: row, index: index))
            case .redrive(let child): starts.append(.redrive(mapRun: row, row: child))
            case .stop(let child):
                stimuli.append((child, .stop(Failure(error: nil, cause: nil))))
            case .collect: collect(row)
            }
        }
    }

    /// Starts the executions that have their turn; the rest waits for the next batch.
    func startChildren() throws {
        var count = 0
        while startsAt < starts.count, count < Self.startsPerBatch {
            let next = starts[startsAt]
            startsAt += 1
            count += 1
            switch next {
            case .start(let run, let index): try startChild(run, index)
            case .redrive(let run, let row): try redriveChild(run, row)
            case .begin(let row): stimuli.append((row, .start))
            }
            try drain()
        }
        guard startsAt == starts.count || startsAt > 4096 else { return }
        starts.removeFirst(startsAt)
        startsAt = 0
    }

    /// Whether a start of the run's children is still wanted.
    private func isWanted(_ run: Int) throws -> MapRun? {
        guard let mapRun = mapRuns[run], mapRun.status == .running else { return nil }
        guard !mapRun.isExceeded else {
            try perform(mapRuns[run]!.startCancelled(), mapRun: run)
            return nil
        }
        return mapRun
    }

    private func startChild(_ run: Int, _ index: Int) throws {
        guard let mapRun = try isWanted(run),
            let parent = executions[mapRun.identity.executionRow]
        else { return }
        let child = try store.child(index, of: run)
        let name = randomUUID()
        let machine = parent.identity.machineName
        let new = NewExecution(
            arn: executionARN(
                "\(machine)/\(mapRun.identity.label)", name, isExpress: mapRun.identity.isExpress),
            name: name, machineARN: parent.identity.machineARN + "/" + mapRun.identity.label,
            machineName: machine + "/" + mapRun.identity.label, roleARN: parent.identity.roleARN,
            definition: parent.identity.definition, body: mapRun.identity.body,
            isExpress: mapRun.identity.isExpress,
            mapRun: (run, index, mapRun.redriveCount), inputText: child.input, startedAt: now)
        let row = try store.insert(new)
        mapRuns[run]!.childStarted(row: row, items: child.items)
        changedMapRuns.insert(run)
        executions[row] = ExecutionState(
            identity: new.identity(
                row: row, region: configuration.region, account: configuration.account,
                input: try JSON(parsing: child.input)), program: parent.program,
            startedAt: new.startedAt)
        stimuli.append((row, .start))
    }

    private func redriveChild(_ run: Int, _ row: Int) throws {
        guard let mapRun = try isWanted(run), let state = try load(row) else { return }
        try store.setMapRedrive(mapRun.redriveCount, row: row)
        let items = try store.child(state.identity.mapRun?.index ?? 0, of: run).items
        mapRuns[run]!.childStarted(row: row, items: items)
        executions[row] = state
        changedMapRuns.insert(run)
        stimuli.append((row, .redrive))
    }

    func abortMapRun(_ arn: String) throws {
        guard let row = mapRuns.first(where: { $0.value.identity.arn == arn })?.key else { return }
        changedMapRuns.insert(row)
        starts = starts[startsAt...].filter { $0.mapRun != row }
        startsAt = 0
        try perform(mapRuns[row]!.abort(at: now), mapRun: row)
    }

    func redriveMapRun(_ arn: String) throws {
        guard let row = try store.mapRunRow(arn: arn) else {
            throw EngineError(.store, "\(arn) is missing")
        }
        // Ended in this very transaction: what it still has in memory misses the inputs it used.
        if let ended = mapRuns[row] { try store.update(ended) }
        guard var run = try store.loadMapRun(row) else { return }
        limitConcurrency(&run)
        let actions = run.redrive(try store.unsuccessfulChildren(row), at: now)
        mapRuns[row] = run
        changedMapRuns.insert(row)
        try perform(actions, mapRun: row)
    }

    /// All children have ended: their results are read and written on the objects' thread.
    private func collect(_ row: Int) {
        guard let run = mapRuns[row] else { return }
        let path = configuration.storePath
        workerJobs += 1
        effects.append { [configuration, mailbox, objects] in
            objects.put {
                let result = MapRunResults(run: run, objects: configuration.objects).collect(
                    storePath: path)
                mailbox.put(.resultsCollected(mapRun: row, result))
            }
        }
    }

    func resultsCollected(_ row: Int, _ result: Result<JSON, Failure>) {
        guard let run = mapRuns[row], run.status == .running else { return }
        let succeeded = if case .success = result { true } else { false }
        mapRuns[row]!.finish(succeeded: succeeded, at: now)
        changedMapRuns.insert(row)
        stimuli.append(
            (
                run.identity.executionRow,
                .mapRunEnded(flow: run.identity.flow, arn: run.identity.arn, result)
            ))
    }

    /// Those written as ended leave memory.
    func forgetEndedMapRuns() {
        for row in changedMapRuns where mapRuns[row]?.status != .running { mapRuns[row] = nil }
        changedMapRuns.removeAll(keepingCapacity: true)
    }
}

extension NewExecution {
    func identity(
        row: Int, region: String, account: String, input: JSON
    ) -> ExecutionState.Identity {
        ExecutionState.Identity(
            row: row, arn: arn, name: name, machineARN: machineARN, machineName: machineName,
            roleARN: roleARN, region: region, account: account, definition: definition,
            body: body, isExpress: isExpress, mapRun: mapRun.map { ($0.row, $0.index) },
            nesting: nesting, input: input, inputText: inputText)
    }
}
