import CSV
import JSON
import LambdaRuntime
import Stores
import Testing

@testable import Pipeline

@Suite struct ChunkPlanTests {
    @Test(
        arguments: [
            (0..<1, nil), (5..<6, 1), (10..<110, 7), (10..<110, 100), (10..<110, 1000),
            (3..<64, 61),
            (0..<(1 << 40), nil), (1..<(200 << 30), nil), (0..<1000, 0), (0..<1000, -5),
        ] as [(Range<Int>, Int?)])
    func `chunks cover the body without gap or overlap`(body: Range<Int>, size: Int?) throws {
        let ranges = try ChunkPlan.ranges(body: body, chunkSizeBytes: size, file: "f.csv")
        #expect(ranges.first?.lowerBound == body.lowerBound)
        #expect(ranges.last?.upperBound == body.upperBound)
        #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
        #expect(ranges.allSatisfy { !$0.isEmpty && $0.count <= ChunkPlan.maximumChunkSizeBytes })
        #expect(ranges.count <= ChunkPlan.maximumChunks)
        if size == nil { #expect(ranges.count <= ChunkPlan.wantedChunks) }
    }

    @Test func `a row of the longest chunk fits the index of its part`() {
        // The shortest record of orders, `1,2` and a line feed, makes a row of 34 + 16 bytes.
        let worst = max(50.0 / 4, 19.0 / 2, 32.0 / 4)
        #expect(Double(ChunkPlan.maximumChunkSizeBytes) * worst < Double(UInt32.max))
    }

    @Test func `too many chunks are an error that says so`() {
        #expect {
            try ChunkPlan.ranges(body: 0..<1_000_000, chunkSizeBytes: 3, file: "f.csv")
        } throws: {
            ($0 as? StepError)?.errorName == "Sluice.TooManyChunks"
        }
    }
}

@Suite struct S3EventTests {
    static let keys = [
        "customers_1.csv", "a b.csv", "a+b.csv", "a%b.csv", "a%2Bb.csv", "é/日本 😀.csv", "%", "%%41",
        "a*b-c_d.e/f", "\"<>&?#\n\t", "100%", "%e",
    ]

    @Test(arguments: keys)
    func `a key comes back from its event`(key: String) throws {
        let record = S3Event.Record(
            object: ObjectReference(
                bucket: "drop", key: key, versionID: "v 1", eTag: "abc", sizeBytes: 7),
            sequencer: "0055AED6DCD90281E5")
        let event = try JSON(parsing: S3Event.json([record]).serialized())
        #expect(try S3Event.records(event) == [record])
    }

    @Test(arguments: [
        ("a+b", "a b"), ("a%2Bb", "a+b"), ("a%2bb", "a+b"), ("%C3%A9", "é"), ("é+%", "é %"),
        ("%4", "%4"), ("%+1", "% 1"), ("%-1", "%-1"), ("%zz", "%zz"), ("%é", "%é"),
        ("100%25", "100%"),
    ])
    func `keys are decoded as S3 encodes them, and what is no code stays`(
        encoded: String, decoded: String
    ) {
        #expect(S3Event.decode(encoded) == decoded)
    }

    @Test func `other events and other services are passed over`() throws {
        #expect(try S3Event.records(["action": "await"]) == nil)
        let event: JSON = [
            "Records": [
                ["eventSource": "aws:s3", "eventName": "ObjectRemoved:Delete", "s3": [:]],
                ["eventSource": "aws:sqs", "eventName": "ObjectCreated:Put"],
            ]
        ]
        #expect(try S3Event.records(event) == [])
    }

    @Test func `what S3 sends to see whether a notification arrives is nothing, and no error`()
        throws
    {
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
        let event: JSON = [
            "Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2014-10-13T15:57:02.089Z",
            "Bucket": "drop", "RequestId": "5582815E1AEA5ADF", "HostId": "8cLeGAmw098X5cv4Zkwcmo",
        ]
        #expect(try S3Event.records(event)?.isEmpty == true)
        let rig = try ArriveRig()
        #expect(try rig.arrive.handle(event) == ["files": 0])
        #expect(rig.executions.names == [])
    }

    @Test func `sequencers are compared as if filled up with zeros on the right`() {
        func less(_ a: String, _ b: String) -> Bool {
            let object = ObjectReference(bucket: "b", key: "k", sizeBytes: 0)
            let (a, b) = (
                S3Event.Record(object: object, sequencer: a).comparableSequencer,
                S3Event.Record(object: object, sequencer: b).comparableSequencer
            )
            return a.utf8.lexicographicallyPrecedes(b.utf8)
        }
        #expect(less("0055AED6DCD9", "0055AED6DCD90281E5"))
        #expect(!less("0055AED6DCD9", "0055AED6DCD900"))
        #expect(!less("0055AED6DCD900", "0055AED6DCD9"))
        #expect(less("0055AED6DCD90281E5", "0056"))
    }
}
