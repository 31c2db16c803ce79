import JSON
import StatesLanguage
import System

// What was running when the store was last open.
extension Runner {
    /// Restores what was running; done once.
    func resume() throws {
        guard !isResumed else { return }
        isResumed = true
        for row in try store.runningMapRuns() {
            mapRuns[row] = try store.loadMapRun(row)
        }
        for row in try store.runningExecutions() {
            executions[row] = try load(row)
            stimuli.append((row, .restored))
        }
        for row in mapRuns.keys {
            guard var run = mapRuns[row] else { continue }
            limitConcurrency(&run)
            mapRuns[row] = run
        }
        for row in executions.keys.sorted() {
            // A child whose run is over was being stopped.
            if let run = executions[row]?.identity.mapRun, mapRuns[run.row] == nil {
                stimuli.append((row, .stop(Failure(error: nil, cause: nil))))
            }
        }
        try drain()
        for row in mapRuns.keys.sorted() {
            try perform(mapRuns[row]?.restored() ?? [], mapRun: row)
        }
        hasOutbox = true
    }

    func load(_ row: Int) throws(EngineError) -> ExecutionState? {
        try store.load(
            row, region: configuration.region, account: configuration.account,
            program: { (definition) throws(EngineError) in try self.program(definition) })
    }

    func program(_ definition: Int) throws(EngineError) -> Program {
        if let known = programs[definition] { return known }
        let text = try Store.definition(store.database, definition)
        do {
            let program = Program(try StateMachine(parsing: text))
            programs[definition] = program
            return program
        } catch {
            throw EngineError(.store, "definition \(definition) cannot be read: \(error)")
        }
    }
}
