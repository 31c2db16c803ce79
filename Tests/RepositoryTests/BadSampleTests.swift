import JSON
import Testing

/// An entry of sample-csvs/bad/expected.json.
struct BadSample: Sendable, CustomStringConvertible {
    let directory: String
    let state: String
    let error: String
    let file: String
    let record: Int?
    let line: Int?
    let byteOffset: Int?
    let column: String?
    let value: String?

    var description: String { directory }
    var path: String { "sample-csvs/bad/\(directory)/\(file)" }

    static let all: [BadSample] = {
        guard let text = try? Repository.text(of: "sample-csvs/bad/expected.json"),
            let entries = try? JSON(parsing: text).array
        else { return [] }
        return entries.map { entry in
            BadSample(
                directory: entry["directory"]?.string ?? "", state: entry["state"]?.string ?? "",
                error: entry["error"]?.string ?? "", file: entry["file"]?.string ?? "",
                record: entry["record"]?.int, line: entry["line"]?.int,
                byteOffset: entry["byteOffset"]?.int, column: entry["column"]?.string,
                value: entry["value"]?.string)
        }
    }()
}

/// That the table of bad samples, its machine-readable twin and the files say the same. What Sluice
/// makes of the samples is tested where it is made.
@Suite struct BadSampleTests {
    @Test func `every directory has its expectation, and the other way round`() throws {
        let directories = try Repository.names(in: "sample-csvs/bad").filter {
            $0 != "expected.json"
        }
        #expect(BadSample.all.map(\.directory) == directories)
        #expect(directories.count >= 19)
    }

    @Test(arguments: BadSample.all)
    func `a bad sample is a complete set`(_ sample: BadSample) throws {
        let names = try Repository.names(in: "sample-csvs/bad/\(sample.directory)")
        #expect(names == ["customers_20240105.csv", "items_20240105.csv", "orders_20240105.csv"])
        #expect(names.contains(sample.file))
    }

    @Test(arguments: BadSample.all)
    func `the place named is where the error is`(_ sample: BadSample) throws {
        guard let offset = sample.byteOffset else {
            #expect(sample.line == nil && sample.record == nil && sample.value == nil)
            return
        }
        let bytes = try Repository.contents(of: sample.path)
        try #require(offset < bytes.count)
        #expect(sample.line == 1 + bytes[..<offset].count { $0 == UInt8(ascii: "\n") })
        #expect(sample.line == 1 || sample.record != nil)
        if let value = sample.value {
            let here = bytes[offset...]
            #expect(
                here.starts(with: value.utf8) || here.starts(with: "\"\(value)\"".utf8))
        }
        let here = bytes[offset]
        let before = offset > 0 ? bytes[offset - 1] : UInt8(ascii: "\n")
        let quote = UInt8(ascii: "\"")
        let comma = UInt8(ascii: ",")
        let lineFeed = UInt8(ascii: "\n")
        switch sample.error {
        case "Sluice.NULByte": #expect(here == 0)
        case "Sluice.BareCarriageReturn": #expect(here == 0x0D && bytes[offset + 1] != lineFeed)
        case "Sluice.InvalidUTF8": #expect(here >= 0x80)
        case "Sluice.StrayQuote": #expect(here == quote && before != comma)
        case "Sluice.TextAfterQuote": #expect(here != quote && before == quote)
        case "Sluice.UnterminatedQuote": #expect(here == quote && before == comma)
        case "Sluice.WrongFieldCount", "Sluice.MissingColumn": #expect(before == lineFeed)
        default: #expect(before == comma)
        }
    }

    @Test(arguments: BadSample.all)
    func `the table in the read-me says the same`(_ sample: BadSample) throws {
        func cell(_ number: Int?) -> String { number.map(String.init) ?? "" }
        func cell(_ text: String?) -> String {
            text.map { $0.isEmpty ? "(empty)" : "`\($0)`" } ?? ""
        }
        let row = [
            cell(sample.directory), cell(sample.error), sample.state, cell(sample.file),
            cell(sample.record), cell(sample.line), cell(sample.byteOffset), cell(sample.column),
            cell(sample.value),
        ].reduce(into: "|") { $0 += " \($1) |" }
        let lines = try Repository.text(of: "sample-csvs/README.md").split(separator: "\n")
        #expect(lines.contains { $0 == row })
    }
}
