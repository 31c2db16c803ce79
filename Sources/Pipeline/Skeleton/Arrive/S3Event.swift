public import JSON
import LambdaRuntime
public import Stores
import System

/// The notification that S3 sends to a function when objects were created.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>.
public enum S3Event {
    /// An object and the number that orders the events of its key.
    public struct Record: Sendable, Hashable {
        public var object: ObjectReference
        /// Hexadecimal digits. Compared as texts of equal length, filled up with zeros on the right.
        public var sequencer: String

        public init(object: ObjectReference, sequencer: String) {
            self.object = object
            self.sequencer = sequencer
        }

        /// Digits that a sequencer is filled up to.
        static let sequencerDigits = 64

        var comparableSequencer: String {
            sequencer
                + String(repeating: "0", count: max(0, Self.sequencerDigits - sequencer.utf8.count))
        }
    }

    /// The event as S3 would send it.
    public static func json(_ records: [Record]) -> JSON {
        [
            "Records": .array(
                records.map { record in
                    var object: JSONObject = [
                        "key": .string(encode(record.object.key)),
                        "size": JSON(record.object.sizeBytes),
                    ]
                    object["eTag"] = record.object.eTag.map { .string($0) }
                    object["versionId"] = record.object.versionID.map { .string($0) }
                    object["sequencer"] = .string(record.sequencer)
                    return [
                        "eventVersion": "2.1", "eventSource": "aws:s3",
                        "eventName": "ObjectCreated:Put",
                        "s3": [
                            "bucket": ["name": .string(record.object.bucket)],
                            "object": .object(object),
                        ],
                    ]
                })
        ]
    }

    /// The created objects that an event names, none for what S3 sends to see whether a notification
    /// arrives; nil when it is no event of S3.
    static func records(_ event: JSON) throws(StepError) -> [Record]? {
        if event["Event"]?.string == "s3:TestEvent" { return [] }
        guard let list = event["Records"]?.array else { return nil }
        var records: [Record] = []
        for entry in list {
            guard entry["eventSource"]?.string == "aws:s3",
                entry["eventName"]?.string?.hasPrefix("ObjectCreated:") == true,
                let s3 = entry["s3"]
            else { continue }
            let object = try StepInput(json: s3).object("object")
            records.append(
                Record(
                    object: ObjectReference(
                        bucket: try StepInput(json: s3).object("bucket").text("name"),
                        key: decode(try object.text("key")),
                        versionID: object.json["versionId"]?.string,
                        eTag: object.json["eTag"]?.string, sizeBytes: object.json["size"]?.int ?? 0),
                    sequencer: object.json["sequencer"]?.string ?? ""))
        }
        return records
    }

    /// As keys are written in these events: `+` for a space, `%xx` for all but letters, digits and `-_.*/`.
    static func encode(_ key: String) -> String {
        let kept = ASCIISet.lettersAndDigits.union("-_.*/ ")
        let text = PercentEncoding.encode(key.utf8, keeping: kept)
        return String(
            decoding: text.utf8.map { $0 == UInt8(ascii: " ") ? UInt8(ascii: "+") : $0 },
            as: UTF8.self)
    }

    static func decode(_ key: String) -> String {
        let spaced = key.utf8.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
        return String(decoding: PercentEncoding.decode(spaced), as: UTF8.self)
    }
}
