import JSON
import LambdaRuntime
import Stores
import Synchronization
import System
import Testing

@testable import Pipeline

@Suite struct TableLoadSampleTests {
    static let directory = SampleTests.directory

    static func text(_ path: String) throws -> String {
        String(decoding: try FileSystem.contents(of: "\(directory)/\(path)"), as: UTF8.self)
    }

    static let bad: [JSON] = {
        let bytes = try? FileSystem.contents(of: directory + "/bad-table-load/expected.json")
        return bytes.flatMap { try? JSON(parsing: $0).array } ?? []
    }()

    @Test(arguments: [nil, 1, 10])
    func `the sample keyed by uuid is loaded under its types`(chunkSizeBytes: Int?) throws {
        let rig = try LoadRig(
            [(TableLoad.types, "age=number,active=boolean,height=number")],
            chunkSizeBytes: chunkSizeBytes)
        let summary = try rig.load(Self.text("table-load/DATA.csv"))
        #expect(summary["items"] == 5 && summary["repeated"] == 1 && summary["rejects"] == 0)
        #expect(summary["note"] == "types were given for columns that are not there: height")
        let items = rig.tables.items()
        #expect(
            items["S:3f9a1d52-7c0b-4a7e-9d7b-2f4f0c5e8b02"] == [
                "uuid": "S:3f9a1d52-7c0b-4a7e-9d7b-2f4f0c5e8b02", "name": "S:Kowalski, Jan",
                "city": "S:Gdańsk", "age": "N:36", "active": "BOOL:true", "notes": "S:moved",
            ])
        // An empty string is one, an empty number or boolean is not there.
        #expect(
            items["S:c41f7a98-5e3d-4b2a-8f10-0d6b9c7e2a04"] == [
                "uuid": "S:c41f7a98-5e3d-4b2a-8f10-0d6b9c7e2a04", "name": "S:Luc Fontaine",
                "city": "S:", "notes": "S:no city",
            ])
        #expect(items["S:f05b8c13-2d7a-4e6f-a1b4-9e8d7c6b5a05"]?["age"] == "N:100")
    }

    @Test func `the good sample has five customers, whose zeros stay`() throws {
        let rig = try LoadRig()
        let summary = try rig.load(Self.text("sample-good.csv"), "table-load/customers/a b.csv")
        #expect(summary["items"] == 5 && summary["repeated"] == 1)
        #expect(summary["table"] == "customers")
        let items = rig.tables.items("customers")
        #expect(items["S:5002"]?["city"] == "S:Gdańsk" && items["S:5002"]?["notes"] == "S:moved")
        #expect(items["S:005"]?["name"] == "S:Zero Led")
        #expect(items["S:5003"]?["notes"] == "S:moved\nforward address on file")
    }

    @Test func `the bad sample has no key, and the error says what there is`() throws {
        let text = try Self.text("sample-bad.csv")
        let failure = #expect(throws: JobDriver.Failure.self) { try LoadRig().load(text) }
        #expect(failure?.error.errorName == "Sluice.MissingColumn")
        #expect(failure?.error.cause.contains("\"client\", \"name\", \"city\"") == true)
        #expect(failure?.error.details?["byteOffset"] == 0)
        // Unless the first column is taken as the key.
        let rig = try LoadRig([(TableLoad.keyFromFirstColumn, "true")])
        try rig.load(text)
        #expect(rig.tables.items()["S:5001"]?["customer_id"] == "S:5001")
        #expect(rig.tables.items()["S:5001"]?["client"] == nil)
    }

    @Test func `every bad sample is expected to fail, and the other way round`() throws {
        let names = try FileSystem.names(in: Self.directory + "/bad-table-load").filter {
            $0 != "expected.json"
        }
        #expect(names.sorted() == Self.bad.compactMap { $0["directory"]?.string }.sorted())
        #expect(names.count >= 13)
    }

    @Test(arguments: bad)
    func `a bad file fails with its error and every place of it`(sample: JSON) throws {
        let name = try #require(sample["directory"]?.string)
        for size in [nil, 7] {
            // Many chunks for nothing.
            if name == "item-too-large", size != nil { continue }
            let rig = try LoadRig(chunkSizeBytes: size)
            rig.tables.state.withLock {
                $0.schemas["keyed-by-uuid"] = [ItemKeyAttribute("uuid")]
            }
            var environment = rig.environment
            for (option, value) in sample["options"]?.object ?? [:] {
                let option = try #require(TableLoad.options.first { $0.name == option })
                environment.options[option] = value.string ?? ""
            }
            let driver = JobDriver(
                environment: environment, job: TableLoad.self, fileSet: "table-load/DATA.csv")
            let file = try rig.workplace.drop(
                driver.fileSet, Array(Self.text("bad-table-load/\(name)/DATA.csv").utf8))
            let failure = #expect(throws: JobDriver.Failure.self) {
                try driver.execute([TableLoad.file: file])
            }
            let error = try #require(failure?.error)
            #expect(failure?.state == "\(sample["state"]?.string ?? "")File")
            #expect(error.errorName == sample["error"]?.string, "\(error)")
            // Of rejects, the first stands in the details.
            for member in ["record", "line", "byteOffset", "column", "value"] {
                guard let expected = sample[member], expected != .null else { continue }
                #expect(error.details?[member] == expected, "\(name) \(member): \(error)")
            }
            #expect(rig.tables.state.withLock { $0.writes } == 0)
        }
    }
}
