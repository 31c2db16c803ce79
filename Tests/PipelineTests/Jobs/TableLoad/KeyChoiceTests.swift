import JSON
import LambdaRuntime
import Stores
import Synchronization
import Testing

@testable import Pipeline

@Suite struct KeyChoiceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var header: String
        var table: [ItemKeyAttribute]?
        var key = ""
        var isFirst = false
        /// The key's attribute, or the error.
        var outcome: String

        var testDescription: String { "\(header) \(table?.map(\.name) ?? []) \(key) \(isFirst)" }
    }

    static let cases: [Case] = [
        .init(header: "customer_id,name", outcome: "customer_id"),
        .init(header: "name,uuid", outcome: "uuid"),
        .init(header: "name,UUID", outcome: "uuid"),
        .init(header: "name", outcome: "Sluice.MissingColumn"),
        .init(header: "customer_id,uuid", outcome: "Sluice.AmbiguousKey"),
        .init(header: "customer_id,uuid", key: "uuid", outcome: "uuid"),
        .init(header: "customer_id,uuid", table: [.init("uuid")], outcome: "uuid"),
        .init(header: "sku,name", key: "sku", outcome: "sku"),
        .init(header: "sku,name", key: "name", outcome: "name"),
        .init(header: "sku,name", key: "id", outcome: "Sluice.MissingColumn"),
        .init(header: "Sku,name", table: [.init("sku")], outcome: "sku"),
        .init(
            header: "sku,name", table: [.init("sku"), .init("at")], outcome: "Sluice.TableMismatch"),
        .init(
            header: "sku,name", table: [.init("sku", type: "B")], outcome: "Sluice.TableMismatch"),
        .init(header: "sku,name", table: [.init("id")], outcome: "Sluice.MissingColumn"),
        .init(header: "uuid,name", table: [.init("id")], outcome: "Sluice.TableMismatch"),
        .init(
            header: "sku,name", table: [.init("sku")], key: "name", outcome: "Sluice.TableMismatch"),
        .init(header: "nr,name", isFirst: true, outcome: "customer_id"),
        .init(header: "uuid,name", isFirst: true, outcome: "uuid"),
        .init(header: ",name", isFirst: true, outcome: "customer_id"),
        .init(header: "nr,name", table: [.init("id")], isFirst: true, outcome: "id"),
        .init(header: "nr,name", key: "id", isFirst: true, outcome: "id"),
        .init(header: "nr,customer_id", isFirst: true, outcome: "Sluice.DuplicateColumn"),
    ]

    @Test(arguments: cases)
    func `the table, what was set and the header decide the key, in this order`(_ one: Case) throws
    {
        let rig = try LoadRig([
            (TableLoad.key, one.key), (TableLoad.keyFromFirstColumn, one.isFirst ? "true" : ""),
        ])
        rig.tables.state.withLock { $0.schemas["table-load"] = one.table }
        do {
            try rig.load("\(one.header)\n" + "1,2\n")
            let items = rig.tables.items()
            #expect(items.count == 1)
            #expect(items.values.first?[one.outcome] != nil, "\(items)")
            #expect(rig.tables.state.withLock { $0.schemas["table-load"]?[0].name } == one.outcome)
        } catch let failure as JobDriver.Failure {
            #expect(failure.error.errorName == one.outcome, "\(failure)")
            #expect(rig.tables.state.withLock { $0.writes } == 0)
        }
    }

    @Test func `keys that are numbers are one when their values are`() throws {
        let rig = try LoadRig()
        rig.tables.state.withLock { $0.schemas["table-load"] = [.init("customer_id", type: "N")] }
        let summary = try rig.load("customer_id,name\n5,a\n5.0,b\n+05,c\n6,d\n")
        #expect(summary["items"] == 2 && summary["repeated"] == 2)
        #expect(rig.tables.items()["N:5"]?["name"] == "S:c")
    }

    @Test func `a table that is not there and cannot be made is told before anything`() throws {
        let rig = try LoadRig(tables: OrderedTables(mayBeCreated: false))
        let failure = #expect(throws: (any Error).self) { try rig.load("uuid,name\n1,a\n") }
        let error = try #require(failure as? JobDriver.Failure)
        #expect(error.state == "ValidateFile" && error.error.errorName == "Sluice.NoSuchTable")
    }

    @Test func `a redrive goes by what validate decided, whatever is set by then`() throws {
        let rig = try LoadRig([(TableLoad.types, "n=number")])
        var driver = rig.driver()
        let file = try rig.workplace.drop(driver.fileSet, Array("uuid,n\n1,2.0\n".utf8))
        try driver.receive([TableLoad.file: file])
        let tasks = try driver.sealFileSet()[0]
        driver.environment.options[TableLoad.types] = "n=boolean"
        driver.environment.options[TableLoad.tableName] = "another"
        driver.environment.options[TableLoad.mode] = "replace"
        for task in tasks { try driver.work(TableLoad.emit, task) }
        #expect(try driver.summarise()["table"] == "table-load")
        #expect(rig.tables.items() == ["S:1": ["uuid": "S:1", "n": "N:2"]])
        #expect(rig.tables.state.withLock { $0.items["table-load"]?["S:1"]?.count } == 4)
    }

    @Test(arguments: [
        ("table-load/a.csv", "table-load"), ("table-load/people/a.csv", "people"),
        ("table-load/people/2024/a.csv", "people"), ("other/a.csv", "table-load"),
    ])
    func `the first folder below the job's names the table`(key: String, table: String) throws {
        let rig = try LoadRig()
        #expect(try rig.load("uuid\n1\n", key)["table"]?.string == table)
        let named = try LoadRig([(TableLoad.tableName, "chosen")])
        #expect(try named.load("uuid\n1\n", key)["table"] == "chosen")
    }

    @Test(arguments: ["age", "age=int", "=number", "age=number,age=boolean", "uuid=boolean"])
    func `types that are none are refused`(types: String) throws {
        let failure = #expect(throws: JobDriver.Failure.self) {
            try LoadRig([(TableLoad.types, types)]).load("uuid,age\n1,2\n")
        }
        #expect(failure?.error.errorName == "Sluice.BadConfiguration")
    }

    @Test func `without versions a column may be called as it likes`() throws {
        let rig = try LoadRig([(TableLoad.versionAttribute, "none")])
        try rig.load("uuid,_v\n1,2\n")
        #expect(
            rig.tables.state.withLock { $0.items["table-load"] } == [
                "S:1": ["uuid": "S:1", "_v": "S:2"]
            ])
    }
}
