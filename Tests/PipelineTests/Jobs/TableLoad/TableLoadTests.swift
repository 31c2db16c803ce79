import JSON
import LambdaRuntime
import MeantSets
import Stores
import Synchronization
import System
import Testing

@testable import Pipeline

/// A workplace with tables in memory.
struct LoadRig {
    let workplace: Workplace
    let tables: OrderedTables
    var environment: StepEnvironment

    init(
        _ options: [(JobOption, String)] = [], chunkSizeBytes: Int? = nil, allowedRejects: Int = 0,
        tables: OrderedTables = OrderedTables(), in workplace: Workplace? = nil
    ) throws {
        let workplace = try workplace ?? Workplace()
        self.workplace = workplace
        self.tables = tables
        environment = workplace.environment(
            chunkSizeBytes: chunkSizeBytes, allowedRejects: allowedRejects)
        environment.resources = ResourceAccess(
            tablesNamed: [
                TableLoad.tables.name: { OrderedTable(tables: tables, name: $0) }
            ])
        for (option, value) in options { environment.options[option] = value }
    }

    func driver(_ key: String = "table-load/DATA.csv", run: Int = 1) -> JobDriver {
        JobDriver(environment: environment, job: TableLoad.self, fileSet: key, run: run)
    }

    @discardableResult
    func load(_ text: String, _ key: String = "table-load/DATA.csv", run: Int = 1) throws -> JSON {
        let file = try workplace.drop(key, Array(text.utf8))
        return try driver(key, run: run).execute([TableLoad.file: file])
    }
}

@Suite struct TableLoadTests {
    @Test(arguments: [nil, 1, 2, 3, 7, 64, 500])
    func `whatever the chunks, the table holds the last sound record of each key`(
        chunkSizeBytes: Int?
    ) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix(seed: seed)
        let isFine = chunkSizeBytes.map { $0 < 10 } ?? false
        for round in 0..<(isFine ? 3 : 9) {
            let file = GeneratedLoad(&random, keys: isFine ? 5 : 20, records: isFine ? 15 : 60)
            let rig = try LoadRig(
                [(TableLoad.types, file.types)], chunkSizeBytes: chunkSizeBytes,
                allowedRejects: 1_000_000,
                tables: OrderedTables(writesSideBySide: round % 2 == 0))
            var driver = rig.driver()
            driver.isTwice = true
            driver.seed = seed &+ UInt64(round)
            driver.sliceTasks = [nil, 1, 5][round % 3]
            let object = try rig.workplace.drop(driver.fileSet, file.bytes)
            let summary = try driver.execute([TableLoad.file: object])
            let found = Dictionary(
                uniqueKeysWithValues: rig.tables.items().map {
                    ($0.value["customer_id"] ?? "", $0.value)
                })
            #expect(found == file.items, "seed \(seed), round \(round)")
            #expect(summary["items"]?.int == file.items.count, "seed \(seed), round \(round)")
            #expect(summary["repeated"]?.int == file.repeated)
            #expect(summary["rejects"]?.int == file.rejects, "seed \(seed), round \(round)")
            #expect(summary["superseded"] == 0 && summary["merged"] == 0)
            #expect(
                file.records
                    == file.items.count + file.repeated + file.rejects, "the file is made so")
        }
    }

    @Test(arguments: GeneratedLoad.numbers.map { ($0.text, $0.value) })
    func `a number is stored as DynamoDB returns it, or is none`(text: String, value: String?) {
        var number = ItemNumber()
        let found = Array(text.utf8).withUnsafeBufferPointer {
            (try? number.read($0)).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(found == value)
    }

    @Test func `runs that interleave leave the table as if they had come in order`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix(seed: seed)
        for round in 0..<15 {
            let tables = OrderedTables()
            let workplace = try Workplace()
            var expected: [String: [String: String]] = [:]
            var work: [(driver: JobDriver, task: JSON)] = []
            var drivers: [JobDriver] = []
            var counts: [(records: Int, rejects: Int, repeated: Int)] = []
            for run in 1...3 {
                let file = GeneratedLoad(&random, keys: 4, goodOnly: true)
                let mode: RunOrder.Mode = random.one(in: 3) ? .replace : .merge
                let rig = try LoadRig(
                    [(TableLoad.types, file.types), (TableLoad.mode, mode.rawValue)],
                    tables: tables, in: workplace)
                var driver = rig.driver("table-load/\(run).csv")
                driver.startTime = "2024-01-05T10:00:00.00\(run)Z"
                driver.sliceTasks = 6
                let object = try workplace.drop(driver.fileSet, file.bytes)
                try driver.receive([TableLoad.file: object])
                for task in try driver.sealFileSet()[0] { work.append((driver, task)) }
                drivers.append(driver)
                counts.append((file.records, file.rejects, file.repeated))
                for (key, item) in file.items {
                    var new = mode == .merge ? expected[key] ?? [:] : [:]
                    for column in file.columns where !column.isEmpty { new[column] = nil }
                    expected[key] = new.merging(item) { $1 }
                }
            }
            work.shuffle(using: &random)
            // Some answers are lost.
            for index in work.indices where random.one(in: 4) { work.append(work[index]) }
            for (driver, task) in work { try driver.work(TableLoad.emit, task) }
            let found = Dictionary(
                uniqueKeysWithValues: tables.items().map {
                    ($0.value["customer_id"] ?? "", $0.value)
                })
            #expect(found == expected, "seed \(seed), round \(round)")
            for (driver, count) in zip(drivers, counts) {
                let summary = try driver.summarise()
                let sum = ["items", "repeated", "superseded", "rejects"].reduce(0) {
                    $0 + (summary[$1]?.int ?? 0)
                }
                #expect(sum == count.records, "seed \(seed), round \(round)")
            }
        }
    }

    @Test func `a run that fails anywhere goes on behind its last checkpoint`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix(seed: seed)
        let file = GeneratedLoad(&random, keys: 40, records: 400, goodOnly: true)
        for failsAfter in 0..<6 {
            let rig = try LoadRig([(TableLoad.types, file.types)])
            let driver = rig.driver()
            let object = try rig.workplace.drop(driver.fileSet, file.bytes)
            try driver.receive([TableLoad.file: object])
            let item = try #require(try driver.sealFileSet()[0].first)
            let task = try StageTask(StepInput(json: item), rig.environment)
            var report: JSONObject?
            for _ in 0..<1000 where report == nil {
                rig.tables.fail(after: failsAfter)
                do {
                    var writer = try TableWriter(task, batchBytes: 1)
                    report = try writer.run()
                } catch let error as StoreError {
                    #expect(error.code == .unavailable)
                    if failsAfter == 0 { break }
                }
            }
            rig.tables.fail(after: nil)
            var writer = try TableWriter(task, batchBytes: 1)
            let last = try writer.run()
            #expect(report == nil || report == last)
            #expect(last["items"]?.int == file.items.count, "seed \(seed)")
            #expect(last["repeated"]?.int == file.repeated, "seed \(seed)")
            let found = Dictionary(
                uniqueKeysWithValues: rig.tables.items().map {
                    ($0.value["customer_id"] ?? "", $0.value)
                })
            #expect(found == file.items, "seed \(seed)")
        }
    }

    @Test func `near the time limit a task ends with its checkpoint, or tells that it stands`()
        throws
    {
        let text = "customer_id,n\n" + (0..<50).map { "customer-\($0),\($0)\n" }.joined()
        let rig = try LoadRig()
        let driver = rig.driver()
        let object = try rig.workplace.drop(driver.fileSet, Array(text.utf8))
        try driver.receive([TableLoad.file: object])
        let item = try #require(try driver.sealFileSet()[0].first)
        var hurried = rig.environment
        let calls = Monitor(0)
        hurried.remainingSeconds = {
            calls.withLock { count in
                count += 1
                return count % 4 == 0 ? 59 : 900
            }
        }
        let task = try StageTask(StepInput(json: item), hurried)
        var attempts = 0
        while true {
            attempts += 1
            try #require(attempts < 100)
            do {
                var writer = try TableWriter(task, batchBytes: 1)
                _ = try writer.run()
                break
            } catch let error as StepError { #expect(error.errorName == "Sluice.NotDone") }
        }
        #expect(attempts > 5)
        #expect(rig.tables.items().count == 50)
        #expect(try driver.summariseAfter(item)["items"] == 50)

        let other = try LoadRig()
        var late = other.environment
        late.remainingSeconds = { 59 }
        let second = JobDriver(environment: late, job: TableLoad.self, fileSet: "table-load/x.csv")
        let again = try other.workplace.drop(second.fileSet, Array(text.utf8))
        let failure = #expect(throws: JobDriver.Failure.self) {
            try second.execute([TableLoad.file: again])
        }
        #expect(failure?.error.errorName == "Sluice.Stalled")
    }

    @Test func `a file with a header alone makes the table and loads nothing`() throws {
        let rig = try LoadRig()
        let summary = try rig.load("uuid,name\n", "table-load/people/DATA.csv")
        #expect(summary["items"] == 0 && summary["table"] == "people")
        #expect(rig.tables.state.withLock { $0.schemas["people"] } == [ItemKeyAttribute("uuid")])
    }

    @Test func `an item of 409,600 bytes is taken, one of a byte more is rejected`() throws {
        // customer_id and its value, four names, and what keeps the order: _v, _v_HASH, two versions.
        let rest = 11 + 1 + 4 * 1 + 2 + 11 + 2 * 22
        let long = String(repeating: "x", count: 131_072)
        let left = LoadRows.maximumItemBytes - rest - 3 * 131_072
        func text(_ last: Int) -> String {
            "customer_id,a,b,c,d\n1,\(long),\(long),\(long),\(String(repeating: "y", count: last))\n"
        }
        try LoadRig().load(text(left))
        let failure = #expect(throws: JobDriver.Failure.self) { try LoadRig().load(text(left + 1)) }
        #expect(failure?.error.errorName == "Sluice.ItemTooLarge")
    }
}

extension JobDriver {
    /// Runs a task that is done once more, for its report, and sums up.
    fileprivate func summariseAfter(_ task: JSON) throws -> JSON {
        try work(TableLoad.emit, task)
        return try summarise()
    }
}
