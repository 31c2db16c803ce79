import JSON
import LambdaRuntime
import Stores
import System
import Testing

@testable import Pipeline

@Suite struct SampleTests {
    static let directory: String = {
        let path = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(path)/sample-csvs"
    }()

    /// Puts the files of a directory into the drop bucket, as `sluice drop` would.
    static func drop(_ directory: String, _ workplace: Workplace) throws
        -> [JobInput: ObjectReference]
    {
        var references: [JobInput: ObjectReference] = [:]
        for name in try FileSystem.names(in: directory) {
            let bytes = try FileSystem.contents(of: "\(directory)/\(name)")
            references[try #require(SetName(key: name, CustomerMessages.inputs)).input] =
                try workplace.drop(name, bytes)
        }
        return references
    }

    @Test(arguments: ["reference", "id", "quoted"])
    func `a good set gives the messages that were derived elsewhere`(name: String) throws {
        let text = String(
            decoding: try FileSystem.contents(of: "\(Self.directory)/expected/\(name).jsonl"),
            as: UTF8.self)
        let expected = text.split(separator: "\n").map(String.init)
        #expect(expected.count >= 4)
        for size in name == "quoted" ? [nil, 1, 2, 7, 64] : [nil, 5] {
            let workplace = try Workplace()
            var driver = JobDriver(environment: workplace.environment(chunkSizeBytes: size))
            driver.seed = UInt64(size ?? 0)
            _ = try driver.execute(Self.drop("\(Self.directory)/\(name)", workplace))
            let lines = try Workplace.lines(of: workplace.queue)
            #expect(lines.sorted() == expected.sorted(), "chunks of \(size ?? 0)")
        }
    }

    static let bad: [JSON] =
        (try? JSON(parsing: FileSystem.contents(of: directory + "/bad/expected.json")).array) ?? []

    @Test func `every bad sample is expected to fail, and the other way round`() throws {
        let names = try FileSystem.names(in: Self.directory + "/bad").filter {
            try FileStatus(of: "\(Self.directory)/bad/\($0)")?.isDirectory == true
        }
        #expect(names == Self.bad.compactMap { $0["directory"]?.string }.sorted())
        #expect(names.count >= 20)
    }

    @Test(arguments: bad)
    func `a bad set fails with its error and every place of it`(sample: JSON) throws {
        let name = try #require(sample["directory"]?.string)
        for size in [nil, 7] {
            // The large field in chunks of a few bytes would be many chunks for nothing.
            if name == "field-too-large", size != nil { continue }
            let workplace = try Workplace()
            let driver = JobDriver(environment: workplace.environment(chunkSizeBytes: size))
            let files = try Self.drop("\(Self.directory)/bad/\(name)", workplace)
            do {
                _ = try driver.execute(files)
                Issue.record("\(name) passed")
            } catch let failure as JobDriver.Failure {
                Self.check(failure, sample, "\(name), chunks of \(size ?? 0)")
            }
        }
    }

    static func check(_ failure: JobDriver.Failure, _ sample: JSON, _ comment: Comment) {
        let error = failure.error
        let state = sample["state"]?.string ?? "?"
        #expect(failure.state.hasPrefix(state), comment)
        #expect(error.errorName == sample["error"]?.string, comment)
        #expect(error.cause.hasPrefix((sample["file"]?.string ?? "?") + ": "), comment)
        for (member, label) in [
            ("file", ""), ("record", "record "), ("line", "line "),
            ("byteOffset", "byte offset "), ("column", "column "), ("value", "value "),
        ] {
            guard let expected = sample[member], !expected.isNull else { continue }
            #expect(error.details?[member] == expected, comment)
            let text = member == "value" ? expected.serialized() : expected.string ?? "\(expected)"
            #expect(error.cause.contains(label + text), comment)
        }
    }

    @Test func `a record over a mebibyte fails with its place`() throws {
        let workplace = try Workplace()
        var references = try Self.drop("\(Self.directory)/bad/empty-key", workplace)
        var text = "first_name,last_name,customer_reference,status"
        for number in 1...9 { text += ",note\(number)" }
        text += "\nNora,Beck,C-1,active,,,,,,,,,\nSam,Dubois,C-2,active"
        for _ in 1...9 { text += "," + String(repeating: "n", count: 120_000) }
        references[.customers] = try workplace.drop(
            "customers_20240105.csv", Array((text + "\n").utf8))
        let driver = JobDriver(environment: workplace.environment(chunkSizeBytes: 400_000))
        do {
            _ = try driver.execute(references)
            Issue.record("passed")
        } catch let failure as JobDriver.Failure {
            Self.check(
                failure,
                [
                    "state": "Seal", "error": "Sluice.RecordTooLarge",
                    "file": "customers_20240105.csv", "record": 2, "line": 3, "byteOffset": 131,
                ], "record-too-large")
            // The record itself stays out of what Step Functions would have to carry.
            #expect(JSON.object(failure.error.details ?? [:]).serialized().utf8.count < 10_000)
        }
    }

    @Test(
        arguments: [
            ("\n\"customer_id\nx\",y\"\n1,2\n", "Sluice.StrayQuote", 3, 18),
            ("customer_id,\"a\n", "Sluice.UnterminatedQuote", 1, 12),
            ("customer_id,\u{0}\n1,2\n", "Sluice.NULByte", 1, 12),
        ] as [(String, String, Int, Int)])
    func `an error in the header has line, byte offset and column`(
        text: String, error: String, line: Int, offset: Int
    ) throws {
        let workplace = try Workplace()
        let file = try workplace.drop("customers_1.csv", Array(text.utf8))
        do {
            try JobDriver(environment: workplace.environment()).receive([.customers: file])
            Issue.record("passed")
        } catch let failure as JobDriver.Failure {
            #expect(failure.state == "ValidateCustomers")
            #expect(failure.error.errorName == error)
            #expect(failure.error.details?["line"]?.int == line)
            #expect(failure.error.details?["byteOffset"]?.int == offset)
            #expect(failure.error.details?["column"]?.string == "2 of the header")
            #expect(failure.error.cause.contains("line \(line), byte offset \(offset)"))
        }
    }
}
