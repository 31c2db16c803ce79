import JSON
import LambdaRuntime
import Stores
import Synchronization
import System
import Testing

@testable import Pipeline

@Suite struct ArriveTests {
    static let job: JSON = "customer-messages"

    /// All orders of a list.
    static func permutations<Element>(_ list: [Element]) -> [[Element]] {
        if list.isEmpty { return [[]] }
        return list.indices.flatMap { index -> [[Element]] in
            var rest = list
            let element = rest.remove(at: index)
            return permutations(rest).map { [element] + $0 }
        }
    }

    @Test func `whatever comes first, each state that waits is told once and one run starts`()
        throws
    {
        var sequences = 0
        // 0...2 are files, 3...5 states that wait for them; nothing waits before the run has begun.
        for order in Self.permutations([0, 1, 2, 3, 4, 5]) where order[0] < 3 {
            let rig = try ArriveRig()
            for step in order {
                let kind = CustomerMessages.inputs[step % 3]
                if step < 3 {
                    try rig.drop(ArriveRig.file(kind))
                    // Each event comes twice.
                    try rig.drop(ArriveRig.file(kind))
                } else {
                    try rig.wait(kind)
                }
            }
            #expect(rig.executions.names == ["S-1"], "\(order)")
            for kind in CustomerMessages.inputs { #expect(rig.answered(kind) == "v1", "\(order)") }
            #expect(rig.executions.state.withLock { $0.answers.count } == 3, "\(order)")
            try rig.end()
            for kind in CustomerMessages.inputs { try rig.drop(ArriveRig.file(kind)) }
            #expect(rig.executions.names == ["S-1"], "late events, \(order)")
            sequences += 1
        }
        #expect(sequences == 360)
    }

    @Test func `files in one event start one run`() throws {
        let rig = try ArriveRig()
        try rig.drop(
            ArriveRig.file(.items), ArriveRig.file(.orders), ArriveRig.file(.customers),
            ArriveRig.file(.customers, set: "T"))
        #expect(rig.executions.names == ["S-1", "T-1"])
        let input = rig.executions.state.withLock { $0.executions[0].input }
        #expect(input["fileSet"] == "S")
        #expect(input["run"] == 1)
        #expect(input["deadlineSeconds"] == 60)
        #expect(KeyHasher(secret: input["secret"]?.string ?? "") != nil)
    }

    @Test
    func `of two versions the one with the higher sequencer counts, in whatever order they come`()
        throws
    {
        for versions in [[1, 2], [2, 1], [2, 2, 1, 1, 2]] {
            let rig = try ArriveRig()
            for version in versions { try rig.drop(ArriveRig.file(.orders, version: version)) }
            try rig.wait(.orders)
            #expect(rig.answered(.orders) == "v2")
            #expect(rig.executions.names == ["S-1"])
        }
    }

    @Test func `of two spellings of one file the one whose event comes last counts`() throws {
        // Sequencers order the events of one key only: a higher one of another key means nothing.
        for (first, last) in [("order_S.csv", "orders_S.csv"), ("orders_S.csv", "order_S.csv")] {
            for (firstVersion, lastVersion) in [(1, 2), (2, 1), (1, 1)] {
                let rig = try ArriveRig()
                var (a, b) = (
                    ArriveRig.file(.orders, version: firstVersion),
                    ArriveRig.file(.orders, version: lastVersion)
                )
                (a.object.key, b.object.key) = (first, last)
                try rig.drop(a, b)
                try rig.wait(.orders)
                #expect(rig.executions.answer(ArriveRig.token(.orders, 1))?.key == last)
                #expect(rig.executions.names == ["S-1"])
            }
        }
    }

    @Test func `a file corrected while a run goes on is taken by a run that follows`() throws {
        let rig = try ArriveRig()
        for kind in CustomerMessages.inputs { try rig.drop(ArriveRig.file(kind)) }
        try rig.waitAll()
        try rig.drop(ArriveRig.file(.items, version: 2))
        try rig.drop(ArriveRig.file(.items, version: 2))
        #expect(rig.executions.names == ["S-1"])
        // A state that waits again, redriven say, is told the version that the run has taken.
        try rig.wait(.items, attempt: 2)
        #expect(rig.answered(.items, attempt: 2) == "v1")
        try rig.end()
        #expect(rig.executions.names == ["S-1", "S-2"])
        // EventBridge may say it twice.
        _ = try rig.arrive.handle(rig.endEvent())
        #expect(rig.executions.names == ["S-1", "S-2"])
        try rig.waitAll(run: 2)
        #expect(CustomerMessages.inputs.map { rig.answered($0, run: 2) } == ["v1", "v1", "v2"])
        try rig.end(run: 2)
        _ = try rig.arrive.handle(rig.endEvent())
        #expect(rig.executions.names == ["S-1", "S-2"])
    }

    @Test
    func `a file corrected after its run starts the next one, which takes the others as they are`()
        throws
    {
        let rig = try ArriveRig()
        for kind in CustomerMessages.inputs { try rig.drop(ArriveRig.file(kind)) }
        try rig.waitAll()
        try rig.end(status: "FAILED", error: "Sluice.NotANumber")
        try rig.drop(ArriveRig.file(.orders, version: 2))
        #expect(rig.executions.names == ["S-1", "S-2"])
        #expect(rig.executions.input["run"] == 2)
        try rig.waitAll(run: 2)
        #expect(CustomerMessages.inputs.map { rig.answered($0, run: 2) } == ["v1", "v2", "v1"])
        #expect(
            rig.executions.state.withLock {
                $0.executions.first?.input["secret"] != $0.executions.last?.input["secret"]
            })
        try rig.drop(ArriveRig.file(.orders, version: 2))
        #expect(rig.executions.names == ["S-1", "S-2"])
    }

    @Test func `the deadline names all that is missing, or takes what came meanwhile`() throws {
        let rig = try ArriveRig()
        try rig.drop(ArriveRig.file(.orders))
        try rig.waitAll()
        #expect {
            try rig.arrive.handle(ArriveRig.expireEvent(.items))
        } throws: { error in
            guard let error = error as? StepError else { return false }
            return error.errorName == "Sluice.IncompleteFileSet"
                && error.cause.contains("customers_S.csv, items_S.csv")
                && error.cause.contains("there are orders_S.csv") && error.cause.contains("60 s")
        }
        let taken = try rig.arrive.handle(ArriveRig.expireEvent(.orders))
        #expect(try ObjectReference(StepInput(json: taken)).versionID == "v1")
        // Too late for the run: the next one takes all.
        try rig.end(status: "FAILED", error: "Sluice.IncompleteFileSet")
        #expect(rig.executions.names == ["S-1"])
        try rig.drop(ArriveRig.file(.items))
        #expect(rig.executions.names == ["S-1", "S-2"])
        try rig.waitAll(run: 2)
        try rig.drop(ArriveRig.file(.customers))
        #expect(CustomerMessages.inputs.map { rig.answered($0, run: 2) } == ["v1", "v1", "v1"])
        #expect(rig.executions.names == ["S-1", "S-2"])
    }

    @Test func `a file that came between the deadline and the run's end is not forgotten`() throws {
        let rig = try ArriveRig()
        try rig.drop(ArriveRig.file(.orders), ArriveRig.file(.customers))
        try rig.waitAll()
        // The state has given up waiting, and the set is found incomplete ...
        rig.executions.state.withLock { _ = $0.waiting.remove(ArriveRig.token(.items, 1)) }
        #expect(throws: StepError.self) { try rig.arrive.handle(ArriveRig.expireEvent(.items)) }
        // ... the file comes, and only then the execution is over.
        try rig.drop(ArriveRig.file(.items))
        #expect(rig.executions.names == ["S-1"])
        try rig.end(status: "FAILED", error: "Sluice.IncompleteFileSet")
        #expect(rig.executions.names == ["S-1", "S-2"])
    }

    @Test func `what a run took without its being written down is known by its success`() throws {
        let rig = try ArriveRig()
        try rig.drop(ArriveRig.file(.customers), ArriveRig.file(.items))
        try rig.waitAll()
        // arrive ends between telling the state and writing that down.
        let table = FileSetTable(table: rig.environment.table, deadlineSeconds: 60)
        let orders = ArriveRig.file(.orders)
        let arrival = Arrival(job: CustomerMessages.self, input: .orders, fileSet: "S")
        _ = try table.record(orders, arrival)
        _ = try table.claim(orders.object, run: 1, arrival)
        #expect(
            try rig.executions.sendTaskSuccess(
                token: ArriveRig.token(.orders, 1), output: orders.object.json))
        try rig.end()
        // The event is told again, as its first delivery did not come to its end.
        try rig.drop(orders)
        #expect(rig.executions.names == ["S-1"])
        // A corrected file is another matter.
        try rig.drop(ArriveRig.file(.orders, version: 2))
        #expect(rig.executions.names == ["S-1", "S-2"])
    }

    @Test func `a run that failed for a bad file is not started again by itself`() throws {
        let rig = try ArriveRig()
        try rig.drop(ArriveRig.file(.orders), ArriveRig.file(.customers), ArriveRig.file(.items))
        try rig.wait(.orders)
        // The orders are bad: the other states are aborted while arrive is about to answer one.
        rig.executions.wait(ArriveRig.token(.items, 1))
        rig.executions.state.withLock { _ = $0.waiting.remove(ArriveRig.token(.items, 1)) }
        _ = try rig.arrive.handle(ArriveRig.waitEvent(.items))
        #expect(rig.answered(.items) == nil)
        try rig.end(status: "FAILED", error: "Sluice.MissingColumn")
        #expect(rig.executions.names == ["S-1"])
        // The rerun takes what nobody has taken.
        try rig.wait(.items, attempt: 2)
        #expect(rig.answered(.items, attempt: 2) == "v1")
    }

    @Test func `keys are decoded, and what can be no set is said on the queue`() throws {
        let rig = try ArriveRig()
        for key in [
            "customers_a b.csv", "customers_a%b.csv", "customers_é.csv", "my files/orders_1.csv",
            "partner+x/orders_1.csv", "read me.txt",
            "items_\(String(repeating: "x", count: 80)).csv",
        ] {
            var file = ArriveRig.file(.customers)
            file.object.key = key
            try rig.drop(file)
        }
        #expect(rig.executions.names == ["partner_x_1-990111cf-1"])
        let messages = try Workplace.lines(of: rig.workplace.queue).map { try JSON(parsing: $0) }
        #expect(messages.count == 5)
        #expect(messages.allSatisfy { $0["type"] == "error_message" })
        #expect(messages.allSatisfy { $0["error"] == "Sluice.BadFileName" })
        #expect(
            messages.prefix(4).map { $0["file_set"]?.string } == ["a b", "a%b", "é", "my files.1"])
        #expect(messages[0]["message"]?.string?.hasPrefix("customers_a b.csv: ") == true)
    }

    @Test(
        arguments: [
            [:], ["job": job, "action": "await"],
            ["job": job, "action": "dance", "fileSet": "S", "run": 1, "kind": "orders"],
            ["action": "await", "fileSet": "S", "run": 1, "kind": "orders", "taskToken": "t"],
            [
                "job": job, "action": "await", "fileSet": "S", "run": 1, "kind": "clients",
                "taskToken": "t",
            ],
            [
                "job": job, "action": "await", "fileSet": "S", "run": "1", "kind": "orders",
                "taskToken": "t",
            ],
        ] as [JSON])
    func `an event that is none says which field is wrong`(event: JSON) throws {
        let rig = try ArriveRig()
        #expect {
            try rig.arrive.handle(event)
        } throws: {
            ($0 as? StepError)?.errorName == "Sluice.BadEvent"
        }
    }

    @Test(arguments: 0..<20)
    func `threads that drop and wait at once lose nothing`(round: Int) throws {
        let rig = try ArriveRig()
        let (environment, executions) = (rig.environment, rig.executions)
        let failures = Monitor<[String]>([])
        let work: [@Sendable () throws -> Void] = CustomerMessages.inputs.flatMap {
            kind -> [@Sendable () throws -> Void] in
            let drop: @Sendable () throws -> Void = {
                _ = try Arrive(environment).handle(S3Event.json([ArriveRig.file(kind)]))
            }
            let wait: @Sendable () throws -> Void = {
                executions.wait(ArriveRig.token(kind, 1))
                _ = try Arrive(environment).handle(ArriveRig.waitEvent(kind))
            }
            return [drop, wait, drop]
        }
        // The run exists, as it does when a state waits.
        _ = try executions.start("customer-messages", name: "other", input: .null)
        let threads = work.map { body in
            Thread {
                do { try body() } catch { failures.withLock { $0.append("\(error)") } }
            }
        }
        for thread in threads { thread.join() }
        #expect(failures.withLock { $0 } == [])
        #expect(executions.names.filter { $0 == "S-1" }.count <= 1)
        #expect(executions.names.allSatisfy { ["other", "S-1"].contains($0) })
        for kind in CustomerMessages.inputs { #expect(rig.answered(kind) == "v1") }
    }
}
