import JSON
import LambdaRuntime
import Stores
import Synchronization
import Testing

@testable import Pipeline

/// Runs of jobs of one file: each version of the file has one.
@Suite struct SingleFileRunTests {
    static let fileSet = "toy/a.csv"

    static func rig() throws -> ArriveRig {
        var rig = try ArriveRig()
        rig.environment.jobs = [LineCount.self, CustomerMessages.self]
        return rig
    }

    static func file(_ version: Int) -> S3Event.Record {
        var file = ArriveRig.file(.orders, version: version)
        file.object.key = fileSet
        return file
    }

    /// The versions that runs took, by the runs' numbers.
    static func taken(_ rig: ArriveRig) -> [String] {
        rig.executions.state.withLock { state in
            state.executions.map { execution in
                "\(execution.input["run"]?.int ?? 0) "
                    + (execution.input["file"]?["versionId"]?.string ?? "nothing")
            }
        }
    }

    @Test(arguments: [
        ([1], ["1 v1"]), ([1, 1, 1], ["1 v1"]), ([1, 2], ["1 v1", "2 v2"]),
        // Late and out of order.
        ([2, 1], ["1 v2"]), ([2, 1, 2, 1], ["1 v2"]), ([1, 3, 2, 1, 3], ["1 v1", "2 v3"]),
    ])
    func `each version that is newer has one run, however often and late it is told`(
        versions: [Int], expected: [String]
    ) throws {
        for endsBetween in [false, true] {
            let rig = try Self.rig()
            for version in versions {
                try rig.drop(Self.file(version))
                if endsBetween { try Self.endAll(rig) }
            }
            #expect(Self.taken(rig) == expected, "ends between: \(endsBetween)")
            try Self.endAll(rig)
            #expect(Self.taken(rig) == expected, "after the end")
        }
    }

    /// All executions end, and `arrive` is told.
    static func endAll(_ rig: ArriveRig) throws {
        let executions = rig.executions.state.withLock { $0.executions }
        for (execution, status) in zip(executions, ["SUCCEEDED", "FAILED", "ABORTED"]) {
            rig.executions.close(execution.name)
            _ = try rig.arrive.handle([
                "detail-type": "Step Functions Execution Status Change",
                "detail": [
                    "status": .string(status), "name": .string(execution.name),
                    "input": .string(execution.input.serialized()),
                ],
            ])
        }
    }

    @Test func `a newer version while a run goes on has a run beside it, with a secret of its own`()
        throws
    {
        let rig = try Self.rig()
        try rig.drop(Self.file(1))
        try rig.drop(Self.file(2))
        let executions = rig.executions.state.withLock { $0.executions }
        #expect(executions.allSatisfy { $0.isRunning && $0.job == "line-count" })
        #expect(
            executions.map(\.name)
                == [1, 2].map { ExecutionName(fileSet: Self.fileSet, run: $0).description })
        #expect(executions[0].input["secret"] != executions[1].input["secret"])
    }

    @Test func `versions in one event are taken by their order`() throws {
        let rig = try Self.rig()
        try rig.drop(Self.file(2), Self.file(1), Self.file(2))
        #expect(Self.taken(rig) == ["1 v2"])
    }

    @Test func `an event whose first delivery ended between record and start starts the run`()
        throws
    {
        let rig = try Self.rig()
        let table = FileSetTable(table: rig.environment.table, deadlineSeconds: 60)
        let arrival = Arrival(
            job: LineCount.self, input: LineCount.inputs[0], fileSet: Self.fileSet)
        _ = try table.record(Self.file(1), arrival)
        _ = try table.run(taking: Self.file(1), arrival)
        try rig.drop(Self.file(1))
        #expect(Self.taken(rig) == ["1 v1"])
    }

    @Test func `a number whose name is taken is skipped`() throws {
        let rig = try Self.rig()
        for run in 1...3 {
            _ = try rig.executions.start(
                "line-count", name: ExecutionName(fileSet: Self.fileSet, run: run).description,
                input: ["of": "a table before"])
        }
        try rig.drop(Self.file(1))
        try rig.drop(Self.file(1))
        #expect(Self.taken(rig).suffix(1) == ["4 v1"])
        #expect(rig.executions.names.count == 4)
    }

    @Test func `a restart takes the newest version once more`() throws {
        let rig = try Self.rig()
        try rig.drop(Self.file(1))
        try rig.drop(Self.file(2))
        let restart: JSON = [
            "job": "line-count", "action": "restart", "fileSet": .string(Self.fileSet),
        ]
        #expect(try rig.arrive.handle(restart) == ["replaced": 2])
        #expect(Self.taken(rig) == ["1 v1", "2 v2", "3 v2"])
        // Late events start nothing.
        try rig.drop(Self.file(2))
        try rig.drop(Self.file(1))
        #expect(Self.taken(rig) == ["1 v1", "2 v2", "3 v2"])
        try rig.drop(Self.file(3))
        #expect(Self.taken(rig).last == "4 v3")
    }

    @Test func `a restart of a file that never came is refused and leaves nothing behind`() throws {
        let rig = try Self.rig()
        let error = #expect(throws: StepError.self) {
            try rig.arrive.handle([
                "job": "line-count", "action": "restart", "fileSet": .string(Self.fileSet),
            ])
        }
        #expect(error?.errorName == "Sluice.BadEvent")
        #expect(rig.executions.names == [])
        try rig.drop(Self.file(1))
        #expect(Self.taken(rig) == ["1 v1"])
    }
}
