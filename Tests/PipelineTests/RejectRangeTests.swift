import CSV
import JSON
import LambdaRuntime
import Stores
import Testing

@testable import Pipeline

/// Rejects are ranges of a file's bytes, counted by their lines: what a quotation mark swallows is told.
@Suite struct RejectRangeTests {
    typealias Outcome = (error: String?, lines: Int?, rejects: [JSON])

    /// What becomes of the orders of a set, and the list of what was rejected.
    static func outcome(
        _ text: String, chunkSize: Int?, allowed: Int, delimiter: UInt8 = UInt8(ascii: ",")
    ) throws -> Outcome {
        let workplace = try Workplace()
        let file = try workplace.drop("customers_1.csv", Array(text.utf8))
        let environment = workplace.environment(
            chunkSizeBytes: chunkSize, allowedRejects: allowed, delimiter: delimiter)
        var outcome: Outcome = (nil, nil, [])
        do {
            try JobDriver(environment: environment, fileSet: "1").receive([.customers: file])
        } catch let failure as JobDriver.Failure {
            outcome.error = failure.error.errorName
            outcome.lines = failure.error.details?["lines"]?.int
            #expect(failure.error.details?["rejects"]?.array?.first?["raw"] == nil)
        }
        let storage = RunStorage(environment: environment, prefix: "customer-messages/1-1/")
        if try environment.objects.headObject(
            bucket: "work", key: storage.key("rejects/customers.jsonl")) != nil
        {
            let list = try environment.objects.getObject(
                bucket: "work", key: storage.key("rejects/customers.jsonl"))
            outcome.rejects = try list.split(separator: 0x0A).map { try JSON(parsing: $0) }
        }
        return outcome
    }

    /// A header, a record, one with a quotation mark that does not belong there, and twenty more.
    static func text(_ stray: String, end: String) -> String {
        "customer_reference,height\nC0,1\n" + stray + (1...20).map { "C\($0),2\n" }.joined() + end
    }

    static let swallowed: [(text: String, reason: String, lines: Int, bytes: Int)] = [
        // Within a field, up to the end of the file.
        (text("D,5\" pipe\n", end: "E,3"), "Sluice.StrayQuote", 22, 10 + 111 + 3),
        // The file's last line break is within the range and begins no further line.
        (text("D,5\" pipe\n", end: ""), "Sluice.StrayQuote", 21, 10 + 111),
        // At its beginning.
        (text("D,\"5 pipe\n", end: "E,3"), "Sluice.UnterminatedQuote", 22, 10 + 111 + 3),
        // Up to the next quotation mark, which looks like the end of a quoted field.
        (text("D,5\" pipe\n", end: "E,3\"\nF,4\n"), "Sluice.StrayQuote", 22, 10 + 111 + 4),
    ]

    @Test(arguments: swallowed.indices)
    func `what a quotation mark swallows is counted line by line, for every chunk size`(
        index: Int
    ) throws {
        let (text, reason, lines, bytes) = Self.swallowed[index]
        var first: [JSON]?
        for size in [nil, 1, 2, 3, 7, 20, 33, 100] {
            for allowed in [0, 1, lines - 1, lines] {
                let outcome = try Self.outcome(text, chunkSize: size, allowed: allowed)
                let comment: Comment = "chunks of \(size ?? 0), \(allowed) allowed"
                #expect(outcome.error == (allowed < lines ? reason : nil), comment)
                #expect(outcome.lines == (allowed < lines ? lines : nil), comment)
                #expect(outcome.rejects == first ?? outcome.rejects, comment)
                first = outcome.rejects
            }
        }
        let reject = try #require(first?.first)
        #expect(first?.count == 1)
        #expect(reject["reason"]?.string == reason)
        #expect(reject["record"] == 2 && reject["line"] == 3)
        #expect(reject["lines"]?.int == lines && reject["bytes"]?.int == bytes)
        #expect(reject["start"] == 31 && reject["raw_is_cut"] == nil)
        let raw = reject["raw"]?.string
        #expect(raw?.utf8.count == bytes && raw.map(text.contains) == true)
    }

    @Test func `a range too long to be shown says that it is cut, and how long it is`() throws {
        for rows in [8_000, 100_000] {
            let body = (0..<rows).map { "C\(100_000 + $0),2\n" }.joined()
            let start = "customer_reference,height\nC0,1\nD,5\" pipe\n"
            let text = start + body + (rows == 8000 ? "E,3" : "E,3\n")
            let lines = rows + 2
            for size in [nil, 30_000, 1 << 20] {
                let passed = try Self.outcome(text, chunkSize: size, allowed: lines)
                #expect(passed.error == nil)
                let reject = try #require(passed.rejects.first)
                #expect(passed.rejects.count == 1)
                #expect(reject["lines"]?.int == lines)
                #expect(reject["bytes"]?.int == text.utf8.count - 31)
                #expect(reject["raw_is_cut"] == true)
                #expect(reject["raw"]?.string?.utf8.count == RejectWriter.shownRawBytes)
                let failed = try Self.outcome(text, chunkSize: size, allowed: lines - 1)
                #expect(failed.error == reject["reason"]?.string && failed.lines == lines)
            }
        }
    }

    @Test(arguments: [
        (",", "a,customer_id\n1,2\na,customer_id\n3,4\n", "Sluice.RepeatedHeader", 3),
        (",", "a,customer_id\n1,2\n\"a\",\"customer_id\"\n3,4\n", "Sluice.RepeatedHeader", 3),
        (",", "\u{FEFF}\"a\",customer_id\n1,2\na,customer_id\n3,4\n", "Sluice.RepeatedHeader", 3),
        (",", "customer_id\n-----------\n3\n", "Sluice.RuledLine", 2),
        (",", "a,customer_id\n--,-\n3,4\n", "Sluice.RuledLine", 2),
        ("|", "a|customer_id\n--|-----------\n3|4\n", "Sluice.RuledLine", 2),
        ("|", "a|customer_id\n:-|-+----+--:\n3|4\n", "Sluice.RuledLine", 2),
        ("|", "a|customer_id\n1|2\n======|=====\n", "Sluice.RuledLine", 3),
        ("|", "|a|customer_id|\n|---|---|\n|3|4|\n", "Sluice.RuledLine", 2),
        (",", ",customer_id\n1,2\n,customer_id\n,4\n", "Sluice.RepeatedHeader", 3),
    ])
    func `a second header and a ruled line are no customers`(
        delimiter: String, text: String, reason: String, line: Int
    ) throws {
        for size in [nil, 1, 2, 5, 16] {
            let delimiter = try #require(delimiter.utf8.first)
            let failed = try Self.outcome(text, chunkSize: size, allowed: 0, delimiter: delimiter)
            #expect(failed.error == reason && failed.lines == 1)
            let passed = try Self.outcome(text, chunkSize: size, allowed: 1, delimiter: delimiter)
            #expect(passed.error == nil)
            #expect(passed.rejects.map { $0["line"]?.int } == [line])
            #expect(passed.rejects.map { $0["reason"]?.string } == [reason])
        }
    }

    @Test(arguments: [
        "a,customer_id\na,customer_ids\n", "a,customer_id\na,A\n", "a,customer_id\n-1,-\n",
        "a,customer_id\n=,-\n", "customer_id\n--\n", "customer_id\n-=x\n",
        "a,customer_id\n-,4-4-4\n",
    ])
    func `what only resembles them is data`(text: String) throws {
        for size in [nil, 1] {
            #expect(try Self.outcome(text, chunkSize: size, allowed: 0).error == nil)
        }
    }

    @Test func `an amount that is empty is never zero`() throws {
        for rest in ["10,1,\n", "10,1,\"\"\n", "10,1, \n"] {
            let failure = #expect(throws: JobDriver.Failure.self) {
                try CustomerMessagesTests.messages(
                    CustomerMessagesTests.files(.orders, "order_id,customer_id,amount\n" + rest),
                    chunkSize: nil)
            }
            #expect(failure?.error.errorName == "Sluice.NotANumber")
        }
    }
}
