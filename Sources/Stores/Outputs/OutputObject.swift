public import JSON

/// An object that the tasks of a run write side by side, in parts whose places are planned before the
/// first is written, and that becomes visible whole.
///
/// ``ObjectStore/beginOutput(_:resuming:)`` gives it to one task, which hands it on as ``json`` with the
/// manifest. Any task then writes parts (``ObjectStore/outputWriter(_:part:)``), in any order and as often
/// as it is retried, and reports each ``OutputPart``. The last task completes it with all of them.
///
/// The object carries the version of its run (``RunOrder/version``), and one of a newer run stays: a run
/// that is late, or redriven late, is superseded.
public struct OutputObject: Sendable, Hashable {
    public let bucket: String
    public let key: String
    /// The run's, ``RunOrder/version``.
    public let version: String
    /// The bytes of each part, in order.
    public let partSizes: [Int]
    /// S3's upload; nil on one machine, and for what one request can put.
    public internal(set) var uploadID: String?

    /// - Parameters:
    ///   - version: ``RunOrder/isVersion(_:)``.
    ///   - partSizes: at least one; none is 0 unless it is the only one. Whether a store takes them,
    ///     ``ObjectStore/beginOutput(_:resuming:)`` tells.
    public init(bucket: String, key: String, version: String, partSizes: [Int]) {
        precondition(RunOrder.isVersion(version), "an output has the version of its run")
        precondition(
            partSizes.count == 1 && partSizes[0] == 0
                || !partSizes.isEmpty && partSizes.allSatisfy { $0 > 0 },
            "an output has parts, and none is empty")
        self.bucket = bucket
        self.key = key
        self.version = version
        self.partSizes = partSizes
    }

    public var sizeBytes: Int { partSizes.reduce(0, +) }

    /// Where a part begins in the object.
    /// - Parameter number: from 1.
    public func offset(ofPart number: Int) -> Int { partSizes[..<(number - 1)].reduce(0, +) }

    /// Packs pieces that follow one another into parts.
    ///
    /// - Parameters:
    ///   - sizes: of the pieces in bytes; pieces of 0 bytes go with their neighbours.
    ///   - minimumPartBytes: of every part but the last, ``ObjectStore/minimumPartBytes``.
    ///   - maximumParts: how many parts there may be at most.
    /// - Returns: the pieces of each part, each with at least one byte; a single empty range when there is
    ///   no byte at all.
    public static func parts(
        ofPieces sizes: [Int], minimumPartBytes: Int, maximumParts: Int = 10_000
    ) -> [Range<Int>] {
        let total = sizes.reduce(0, +)
        // With parts of at least this size there cannot be more than the limit.
        let least = max(1, minimumPartBytes, (total + maximumParts - 1) / max(1, maximumParts))
        var parts: [Range<Int>] = []
        var start = 0
        var bytes = 0
        for (index, size) in sizes.enumerated() {
            bytes += size
            if bytes >= least {
                parts.append(start..<index + 1)
                (start, bytes) = (index + 1, 0)
            }
        }
        guard bytes > 0 || parts.isEmpty else {
            // Empty pieces at the end.
            parts[parts.count - 1] = parts[parts.count - 1].lowerBound..<sizes.count
            return parts
        }
        parts.append(start..<sizes.count)
        return parts
    }
}

extension OutputObject {
    /// For a manifest.
    public var json: JSON {
        var json: JSONObject = [
            "bucket": .string(bucket), "key": .string(key), "version": .string(version),
            "partSizes": .array(partSizes.map { JSON($0) }),
        ]
        json["uploadID"] = uploadID.map { .string($0) }
        return .object(json)
    }

    /// - Returns: nil when it is none.
    public init?(json: JSON) {
        guard let bucket = json["bucket"]?.string, let key = json["key"]?.string,
            let version = json["version"]?.string, RunOrder.isVersion(version),
            let sizes = json["partSizes"]?.array?.map(\.int), !sizes.isEmpty,
            sizes.allSatisfy({ ($0 ?? -1) >= (sizes.count == 1 ? 0 : 1) })
        else { return nil }
        self.init(bucket: bucket, key: key, version: version, partSizes: sizes.compactMap(\.self))
        uploadID = json["uploadID"]?.string
    }

    /// Whether two are of the same plan, whatever upload they have.
    func isSamePlan(as other: OutputObject) -> Bool {
        var other = other
        other.uploadID = uploadID
        return self == other
    }

    var subject: String { "\(bucket)/\(key)" }
}

/// A part that was written.
public struct OutputPart: Sendable, Hashable {
    /// From 1.
    public var number: Int
    /// S3's names of it; nil on one machine.
    public var eTag: String?
    public var checksumSHA256: String?

    public init(number: Int, eTag: String? = nil, checksumSHA256: String? = nil) {
        self.number = number
        self.eTag = eTag
        self.checksumSHA256 = checksumSHA256
    }

    /// For a report.
    public var json: JSON {
        var json: JSONObject = ["number": JSON(number)]
        json["eTag"] = eTag.map { .string($0) }
        json["sha256"] = checksumSHA256.map { .string($0) }
        return .object(json)
    }

    /// - Returns: nil when it is none.
    public init?(json: JSON) {
        guard let number = json["number"]?.int, number > 0 else { return nil }
        self.init(
            number: number, eTag: json["eTag"]?.string, checksumSHA256: json["sha256"]?.string)
    }
}

/// Takes the bytes of one part, one after the other.
public protocol OutputWriter: AnyObject {
    /// Appends bytes; they must be valid for the duration of the call only.
    /// - Throws: ``StoreError/Code/outputMismatch`` when they are more than planned,
    ///   ``StoreError/Code/outputLost``.
    func append(_ bytes: UnsafeRawBufferPointer) throws(StoreError)
    /// Ends the part.
    /// - Throws: ``StoreError/Code/outputMismatch`` when the bytes are fewer than planned,
    ///   ``StoreError/Code/outputLost``.
    func finish() throws(StoreError) -> OutputPart
}

/// What became of an output.
public enum OutputOutcome: Sendable, Hashable {
    /// It is there, now or since an earlier attempt.
    case written
    /// The output of a newer run is there, and stays.
    case superseded
    /// What was written of it is gone: an upload that expired, files that somebody removed. It is to be
    /// begun anew, and all parts to be written.
    case lost
}

extension StoreError.Code {
    /// The output that a part is for is gone; see ``OutputOutcome/lost``.
    public static let outputLost = StoreError.Code(rawValue: "OutputLost")
    /// A part has other bytes than planned.
    public static let outputMismatch = StoreError.Code(rawValue: "OutputMismatch")
    /// A plan that the store does not take: parts too small, too large or too many.
    public static let invalidPlan = StoreError.Code(rawValue: "InvalidPlan")
}
