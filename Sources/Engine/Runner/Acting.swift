import JSON
import System

// What follows from a step: within the engine at once, outside of it after the commit.
extension Runner {
    func act(on effect: Effect, of state: ExecutionState) throws {
        let row = state.identity.row
        switch effect {
        case .wake(let flow, let at):
            timers.add(TimerQueue.Entry(at: at, execution: row, flow: flow))
        case .expectCallback(let token, let flow, let ticket):
            tokens[token] = TaskKey(execution: row, flow: flow, ticket: ticket)
            tokensOfExecution[row, default: []].append(token)
        case .invoke(let flow, let ticket, _, _, _, _) where isStopping,
            .call(let flow, let ticket, _, _, _) where isStopping:
            stimuli.append((row, .held(flow: flow, ticket: ticket)))
        case .invoke(let flow, let ticket, let function, let payload, let name, let attempt):
            let id = nextInvocationID
            nextInvocationID += 1
            let key = TaskKey(execution: row, flow: flow, ticket: ticket)
            invocations[id] = key
            invocationIDs[key] = id
            let invocation = LambdaInvocation(
                id: id, functionName: function, payload: payload,
                executionARN: state.identity.arn, stateName: name, attempt: attempt)
            effects.append { [configuration, mailbox] in
                configuration.invoker.invoke(invocation) { result in
                    mailbox.put(.invocationEnded(id, result))
                }
            }
        case .cancel(let flow, let ticket):
            let key = TaskKey(execution: row, flow: flow, ticket: ticket)
            guard let id = invocationIDs.removeValue(forKey: key) else { return }
            invocations[id] = nil
            effects.append { [configuration] in configuration.invoker.cancel(id) }
        case .readItems(let flow, let ticket, let source):
            workerJobs += 1
            effects.append { [configuration, mailbox, objects] in
                objects.put {
                    let result = readItems(source, from: configuration.objects)
                    mailbox.put(
                        .itemsRead(execution: row, flow: flow, ticket: ticket, result))
                }
            }
        case .call(let flow, let ticket, let service, let action, let parameters):
            workerJobs += 1
            effects.append { [configuration, mailbox, services] in
                services.put {
                    let result = Result { () throws(ServiceError) in
                        try configuration.services.call(service, action, parameters)
                    }
                    mailbox.put(
                        .serviceAnswered(
                            TaskKey(execution: row, flow: flow, ticket: ticket), result))
                }
            }
        case .startExecution(let flow, let ticket, let request, let waits):
            // In the same step a branch beside it may have failed, and this one been given up.
            guard state.isWaiting(flow, ticket) else { return }
            try startExecution(
                request, for: TaskKey(execution: row, flow: flow, ticket: ticket), waits: waits,
                nesting: state.identity.nesting)
        case .expectExecution(let arn, let flow, let ticket):
            try expectExecution(arn, for: TaskKey(execution: row, flow: flow, ticket: ticket))
        case .stopExecution(let arn): try stopExecution(arn)
        case .startMapRun(let plan): try startMapRun(plan, of: state)
        case .abortMapRun(let arn): try abortMapRun(arn)
        case .redriveMapRun(let arn): try redriveMapRun(arn)
        case .statusChanged(let status):
            guard configuration.onStatusChange != nil, state.identity.mapRun == nil else { return }
            try store.addToOutbox(state.statusChange(to: status, configuration, at: now))
            hasOutbox = true
        }
    }

    /// An execution is over: it leaves memory, and its Map Run hears of it.
    func ended(_ state: ExecutionState) throws {
        let row = state.identity.row
        executions[row] = nil
        for token in tokensOfExecution.removeValue(forKey: row) ?? [] { tokens[token] = nil }
        for key in waitingTasks.removeValue(forKey: row) ?? [] {
            stimuli.append(
                (
                    key.execution,
                    .executionEnded(flow: key.flow, ticket: key.ticket, state.asEnded)
                ))
        }
        answerSync(state)
        guard let (run, _) = state.identity.mapRun, mapRuns[run] != nil else { return }
        let actions = mapRuns[run]!.childEnded(row: row, state.status)
        changedMapRuns.insert(run)
        try perform(actions, mapRun: run)
    }

    /// Gives out what is new in the outbox, and tells the observer.
    func notify() {
        if !observed.isEmpty {
            observer.tell(observed.lazy.map { (executionARN: $0, event: $1.json) })
            observed.removeAll(keepingCapacity: true)
        }
        guard hasOutbox, let deliver = configuration.onStatusChange else { return }
        hasOutbox = false
        do {
            let known = Set(unacknowledged.values)
            for (row, event) in try store.outbox() where !known.contains(row) {
                let isEnd = event["detail"]?["status"]?.string != "RUNNING"
                if isEnd, configuration.keepsEndsUntilAcknowledged, let id = event["id"]?.string {
                    unacknowledged[id] = row
                    deliver(event)
                } else {
                    deliver(event)
                    try store.removeFromOutbox(row)
                }
            }
        } catch {
            // They stay in the outbox and are delivered with the next.
            hasOutbox = true
        }
    }
}

extension ExecutionState {
    /// EventBridge's event:
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html>.
    func statusChange(
        to status: Status, _ configuration: EngineConfiguration, at now: Timestamp
    ) -> JSON {
        // By the time this is written the same step may have ended what it started.
        let isOver = status != .running
        let output = isOver ? output.map { JSON.string($0.serialized()) } : nil
        let detail: JSON = [
            "executionArn": .string(identity.arn), "stateMachineArn": .string(identity.machineARN),
            "name": .string(identity.name), "status": .string(status.rawValue),
            "startDate": JSON(startedAt.milliseconds),
            "stopDate": isOver ? stoppedAt.map { JSON($0.milliseconds) } ?? .null : .null,
            "input": .string(identity.inputText), "output": output ?? .null,
            "inputDetails": ["included": true],
            "outputDetails": output == nil ? .null : ["included": true],
            "error": isOver ? failure?.error.map { .string($0) } ?? .null : .null,
            "cause": isOver ? failure?.cause.map { .string($0) } ?? .null : .null,
            "redriveCount": JSON(redriveCount),
        ]
        return [
            "version": "0", "id": .string(randomUUID()),
            "detail-type": "Step Functions Execution Status Change", "source": "aws.states",
            "account": .string(configuration.account), "time": .string(now.iso8601),
            "region": .string(configuration.region), "resources": [.string(identity.arn)],
            "detail": detail,
        ]
    }
}
