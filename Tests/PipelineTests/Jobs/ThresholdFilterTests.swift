import JSON
import LambdaRuntime
import MeantSets
import Stores
import Testing

@testable import Pipeline

@Suite struct ThresholdFilterTests {
    /// Texts by how they compare with 4.7; nil for what is no number.
    static let texts: [(order: Int?, texts: [String])] = [
        (
            -1,
            [
                "4.6", "4.69", "-5", "-4.8", "0", "-0", "+0.0", ".5", "47e-2", "+4.699",
                "4.69999999999999999999999999", "5e-99999999999999999999999999",
                "0e99999999999999999999999999", "-1e99999999999999999999999999",
                "-99999999999999999999999999",
            ]
        ),
        (
            0,
            [
                "4.7", "4.70", "+4.7", "47e-1", "0.47E1", "0.47e+01", "04.700", "470e-2",
                "4.7000000000000000000000000000",
            ]
        ),
        (
            1,
            [
                "4.8", "5", "5.", "1e1", "+5", "4.71", "4.70000000000000000000000001",
                "1e99999999999999999999999999", "99999999999999999999999999", "0005",
                "4700000000000000001e-18", ".00048e4",
            ]
        ),
        (
            nil,
            [
                "", "NaN", "inf", "Infinity", "0x10", "1,5", "1 5", " 5", "5 ", "-", "+", ".",
                "1e", "1e+", "e5", "4.7.1", "+-5", "1_000", "５", "5e1.0", "\t5",
            ]
        ),
    ]

    @Test(arguments: Threshold.Operator.allCases)
    func `numbers are compared as exact decimals, and nothing else is one`(
        comparison: Threshold.Operator
    ) throws {
        for threshold in ["4.7", "4.700", "+47e-1"] {
            let threshold = try Threshold(threshold, comparison.rawValue)
            for (order, texts) in Self.texts {
                for text in texts {
                    let keeps = Array(text.utf8).withUnsafeBufferPointer(threshold.keeps)
                    #expect(keeps == order.map(comparison.holds), "\(text) \(comparison)")
                }
            }
        }
    }

    @Test(arguments: [
        ("1e99999999999999999999999999", "5", -1), ("-3", "-3.0", 0), ("-3", "-3.1", -1),
        ("0", "-0e5", 0), ("123456789012345678901234567890", "123456789012345678901234567891", 1),
        ("1e-30", "1e-29", 1), ("1e-30", "0", -1), ("1e18", "999999999999999999", -1),
        ("-1e19", "-999999999999999999", 1), ("0.1234567890123456789", "0.123456789012345678", -1),
    ])
    func `thresholds of any size are compared exactly`(
        threshold: String, number: String, order: Int
    ) throws {
        for comparison in Threshold.Operator.allCases {
            let threshold = try Threshold(threshold, comparison.rawValue)
            let keeps = Array(number.utf8).withUnsafeBufferPointer(threshold.keeps)
            #expect(keeps == comparison.holds(order), "\(comparison)")
        }
    }

    @Test(arguments: [("4,7", "gt"), ("", "gt"), (" 4.7", "gt"), ("4.7", ">"), ("NaN", "ne")])
    func `a threshold that is no number, and an unknown operator, are told`(
        threshold: String, comparison: String
    ) {
        let error = #expect(throws: StepError.self) { try Threshold(threshold, comparison) }
        #expect(error?.errorName == "Sluice.BadConfiguration")
    }

    /// A file, and what is to become of it.
    struct Meant {
        var bytes: [UInt8] = []
        var kept: [UInt8] = []
        var counts = ["records": 0, "kept": 0, "below": 0, "noNumber": 0]

        init(seed: UInt64, records: Int, padding: Int = 0) {
            var random = SplitMix(seed: seed)
            let breaks = [["\n"], ["\r\n"], ["\n", "\r\n"]].randomElement(using: &random)!
            let header =
                (Bool.random(using: &random) ? "\u{FEFF}" : "")
                + ["value,text", "\"value\",text", "value,\"te\nxt\""].randomElement(
                    using: &random)!
                + breaks[0]
            bytes += header.utf8
            kept += header.utf8
            for index in 0..<records {
                if Int.random(in: 0..<8, using: &random) == 0 {
                    bytes += breaks.randomElement(using: &random)!.utf8
                }
                let (order, texts) = ThresholdFilterTests.texts.randomElement(using: &random)!
                var number = texts.randomElement(using: &random)!
                if number.contains(",") || Int.random(in: 0..<4, using: &random) == 0 {
                    number = "\"\(number)\""
                }
                let text =
                    ["", "a", "\"\n\"", "\"a,\"\"b\"\"\r\n9,9\"", "ü", "\"\""]
                    .randomElement(using: &random)!
                var record = "\(number),\(text)"
                if padding > 0 {
                    record = "\(number),\(String(repeating: "p", count: padding))"
                }
                let isLast = index == records - 1
                if !isLast || Bool.random(using: &random) {
                    record += breaks.randomElement(using: &random)!
                }
                bytes += record.utf8
                counts["records"]! += 1
                guard let order else {
                    counts["noNumber"]! += 1
                    continue
                }
                counts[order > 0 ? "kept" : "below"]! += 1
                if order > 0 { kept += record.utf8 }
            }
        }
    }

    private func driver(
        _ workplace: Workplace, chunkSize: Int?, options: [String: String] = [:]
    ) -> JobDriver {
        var environment = workplace.environment(chunkSizeBytes: chunkSize)
        environment.resources = ResourceAccess(
            buckets: [ThresholdFilter.bucket.name: "filtered"])
        environment.options = OptionValues(options)
        return JobDriver(environment: environment, job: ThresholdFilter.self)
    }

    static let key = "threshold-filter/some readings (1)+ü.csv"

    @Test(arguments: 0..<24)
    func `what is kept leaves byte for byte, whatever the chunks and however often steps run`(
        seed: UInt64
    ) throws {
        let meant = Meant(seed: seed, records: [0, 1, 2, 5, 12, 30][Int(seed % 6)])
        for size in [nil, 1, 2, 7, 64] {
            let workplace = try Workplace()
            var driver = driver(workplace, chunkSize: size)
            driver.isTwice = seed % 2 == 0
            driver.seed = size == nil ? nil : seed
            let file = try workplace.drop(Self.key, meant.bytes)
            let summary = try driver.execute([ThresholdFilter.file: file])
            let output = try workplace.objects.getObject(bucket: "filtered", key: Self.key)
            #expect(output == meant.kept, "seed \(seed), chunks of \(size ?? 0)")
            for (name, count) in meant.counts {
                #expect(summary[name]?.int == count, "seed \(seed), \(size ?? 0), \(name)")
            }
            #expect(summary["output"] == ["bucket": "filtered", "key": .string(Self.key)])
        }
    }

    @Test func `a large result is written by several tasks, in any order`() throws {
        let meant = Meant(seed: 5, records: 30_000, padding: 1500)
        let workplace = try Workplace()
        var driver = driver(workplace, chunkSize: 1 << 20)
        driver.seed = 7
        let file = try workplace.drop(Self.key, meant.bytes)
        let summary = try driver.execute([ThresholdFilter.file: file])
        let output = try workplace.objects.getObject(bucket: "filtered", key: Self.key)
        #expect(output == meant.kept)
        #expect(summary["kept"]?.int == meant.counts["kept"])
        #expect((summary["tasks"]?["emit"]?.int ?? 0) > 1)
    }

    @Test func `the result of a run that was started later stays`() throws {
        let workplace = try Workplace()
        var driver = driver(workplace, chunkSize: nil)
        driver.startTime = "2024-01-05T11:00:00.000Z"
        let newer = try workplace.drop(Self.key, Array("v\n6\n".utf8))
        _ = try driver.execute([ThresholdFilter.file: newer])
        driver.startTime = "2024-01-05T10:00:00.000Z"
        driver.run = 2
        let older = try workplace.drop(Self.key, Array("v\n5\n".utf8))
        let summary = try driver.execute([ThresholdFilter.file: older])
        #expect(summary["superseded"] == true)
        let output = try workplace.objects.getObject(bucket: "filtered", key: Self.key)
        #expect(output == Array("v\n6\n".utf8))
    }

    @Test func `a file without any number says what stands there instead`() throws {
        let workplace = try Workplace()
        let file = try workplace.drop(Self.key, Array("name,v\nann,5\nbob,6\n".utf8))
        let summary = try driver(workplace, chunkSize: nil).execute([ThresholdFilter.file: file])
        #expect(summary["noNumber"] == 2)
        #expect(
            summary["note"]
                == "no record has a number in the column name: \"ann\", \"bob\"")
        let named = driver(workplace, chunkSize: nil, options: ["FILTER_COLUMN": "v"])
        #expect(try named.execute([ThresholdFilter.file: file])["kept"] == 2)
    }

    @Test(arguments: [
        (["FILTER_DESTINATION_BUCKET": "drop"], "Sluice.BadDestination"),
        (["FILTER_DESTINATION_BUCKET": "work"], "Sluice.BadDestination"),
        (["FILTER_THRESHOLD": "4,7"], "Sluice.BadConfiguration"),
        (["FILTER_OPERATOR": "above"], "Sluice.BadConfiguration"),
        (["FILTER_COLUMN": "price"], "Sluice.MissingColumn"),
    ])
    func `what cannot work is told before any record is read`(
        options: [String: String], error: String
    ) throws {
        let workplace = try Workplace()
        let file = try workplace.drop(Self.key, Array("v\n5\n".utf8))
        let failure = #expect(throws: JobDriver.Failure.self) {
            try driver(workplace, chunkSize: nil, options: options)
                .execute([ThresholdFilter.file: file])
        }
        #expect(failure?.state == "ValidateFile")
        #expect(failure?.error.errorName == error)
    }
}
