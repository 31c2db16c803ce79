import Synchronization
import System

// The one thread that starts processes and watches their time.
extension FunctionHost {
    /// Starts processes and watches their time, until the mailbox is closed.
    func keep() {
        while true {
            let next = state.withLock { state in
                state.nextLook = state.pools.values.compactMap(\.nextDeadline).min() ?? .max
                return state.nextLook
            }
            guard let orders = keeper.takeAll(untilNanoseconds: next == .max ? nil : next) else {
                return
            }
            for worker in orders.compactMap(\.self) { startWorker(worker) }
            for name in settings.functions.map(\.name) {
                act(name) { pool, now in pool.tick(now: now) }
            }
        }
    }

    /// Ends the process that has been idle for longest when there are too many.
    private func makeRoom() {
        let longestIdle = state.withLock { state -> WorkerID? in
            let living = state.pools.values.reduce(0) { $0 + $1.livingCount }
            guard living > settings.maximumProcesses else { return nil }
            return state.pools.values.compactMap(\.longestIdle).min { $0.since < $1.since }?.worker
        }
        guard let longestIdle else { return }
        act(longestIdle.function) { pool, now in pool.retire(longestIdle, now: now) }
    }

    private func startWorker(_ id: WorkerID) {
        makeRoom()
        guard let function = settings.functions.last(where: { $0.name == id.function }) else {
            return
        }
        do throws(SystemError) {
            livingWorkers.withLock { $0 += 1 }
            // The process asks for a call only after it is entered here: the lock is held meanwhile.
            try state.withLock { state throws(SystemError) in
                guard state.pools[id.function]?.isStillToStart(id) == true else {
                    livingWorkers.withLock { $0 -= 1 }
                    return
                }
                let worker = try Worker(
                    id, function, environment: environment(id, function),
                    logPath: logPath(id.function)
                ) { [self] worker, ending in
                    act(id.function) { pool, now in pool.workerEnded(id, ending, now: now) }
                    self.state.withLock { $0.workers[id] = nil }
                    livingWorkers.withLock { $0 -= 1 }
                }
                state.workers[id] = worker
                settings.workerStarted(worker.processID)
            }
        } catch {
            livingWorkers.withLock { $0 -= 1 }
            act(id.function) { pool, now in pool.workerNotStarted(id, error, now: now) }
        }
    }

    /// All that a process gets to know: AWS's defined variables and the function's own.
    private func environment(_ id: WorkerID, _ function: HostedFunction) -> [String] {
        let port = port.load(ordering: .acquiring)
        let defined = [
            "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:\(port)/worker/\(id)",
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": String(function.memoryMegabytes),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_LOG_LEVEL": settings.logLevel,
            "AWS_REGION": settings.region,
            "PATH": environmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin",
        ]
        return defined.merging(function.environment) { $1 }.map { "\($0)=\($1)" }.sorted()
    }
}
