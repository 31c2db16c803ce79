import JSON
import Stores
import Testing

@testable import Pipeline

@Suite struct StepSubjectTests {
    private static func s3(_ keys: [String]) -> JSON {
        S3Event.json(
            keys.map {
                S3Event.Record(
                    object: .init(bucket: "drop", key: $0, sizeBytes: 1), sequencer: "00")
            })
    }

    @Test(
        arguments: [
            (["fileSet": "2024-01", "run": 3, "secret": "s"], "2024-01", "2024-01-3"),
            (["format": 2, "fileSet": "a.b", "run": 3, "index": 0], "a.b", "a_b-2e7336dc-3"),
            (
                ["detail": ["name": "2024-01-3", "input": #"{"fileSet":"2024-01","secret":"s"}"#]],
                "2024-01", "2024-01-3"
            ),
            (["detail": ["name": "2024-01-3", "input": "{}"]], nil, "2024-01-3"),
            (["detail": ["name": "2024-01-3", "input": "{"]], nil, "2024-01-3"),
            (["action": "restart", "fileSet": "a"], "a", nil),
            (s3(["in/orders_7.csv", "in/items_7.csv"]), "in.7", nil),
            (s3(["orders_7.csv", "orders_8.csv"]), nil, nil),
            (s3(["readme.txt"]), nil, nil), (.null, nil, nil), ([1, 2], nil, nil),
            (["fileSet": 7, "run": "x"], nil, nil), (["prefix": "///"], nil, nil),
        ] as [(JSON, String?, String?)])
    func `an event tells its file set and its execution, and no more`(
        event: JSON, fileSet: String?, execution: String?
    ) {
        let fields = StepSubject.fields(of: event)
        #expect(fields["fileSet"]?.string == fileSet)
        #expect(fields["execution"]?.string == execution)
        #expect(fields.names.allSatisfy { ["fileSet", "execution"].contains($0) })
    }

    @Test func `a name of any length takes no more room than a log line has`() {
        let long = String(repeating: "x", count: 1_000_000)
        #expect(
            StepSubject.fields(of: ["fileSet": .string(long), "run": 1])
                .allSatisfy { ($0.value.string ?? "").count <= 200 })
    }
}
