import Digest
import JSON

/// Which place a run's writes have among those of other runs into the same table: the table ends as if
/// the runs had come one after the other in the order of their start, however their writes interleave.
///
/// One version an item would do for runs that replace whole items. With runs that merge it loses what
/// only an older run has that comes late. So each item keeps several versions, in attributes whose names
/// begin with that of the version attribute (here `_v`):
///
/// | attribute | is |
/// |---|---|
/// | `_v` | the version of the newest run that wrote the item |
/// | `_v_<hash>` | the version of the newest merging run with the columns that have this hash |
/// | `_v_all` | the version of the newest run that replaced the item |
/// | `_v_late` | how many writes came late, a number: no two of them act on the same state |
///
/// A write is tried on the condition that `_v` is missing or not newer than the run. Where that fails,
/// ``decide(old:attributes:key:columns:known:)`` says what of the run is still to be written: the columns
/// that no newer run covers. That second write is conditioned on `_v` and `_v_late` as they were seen;
/// when it fails in turn, the decision is made anew from the item as it then is.
///
/// Other programs that write such items must update them: one that puts an item whole drops its
/// versions. Nothing keeps the version of an item that was deleted, so a run that is redriven after the
/// deletion writes it again.
public struct RunOrder: Sendable, Hashable {
    /// What becomes of an item's attributes that the file does not have.
    public enum Mode: String, Sendable, Hashable {
        /// They stay.
        case merge
        /// They go: the item is the record.
        case replace
    }

    /// The bytes of a version: 13 digits, a hyphen, 8 hexadecimal digits.
    public static let versionBytes = 22
    /// The digits of a hash of columns.
    public static let hashDigits = 8
    /// The name of the version attribute unless it is set.
    public static let usualAttribute = "_v"

    /// Orders runs by its UTF-8 bytes: the start of the run's execution in milliseconds since 1970, in
    /// 13 digits, then 8 hexadecimal digits of a hash of the execution's name. It is the same when the
    /// execution is redriven.
    public let version: String
    /// The name of the version attribute.
    public let attribute: String
    public let mode: Mode
    /// The hash of the file's columns, ``hash(ofColumns:)``.
    public let columnsHash: String

    /// - Parameters:
    ///   - startMilliseconds: when the execution was started, since 1970; from 0 to 9,999,999,999,999,
    ///     which is in the year 2286. What lies outside is taken as the nearest of the two.
    ///   - executionName: tells apart two executions that were started in the same millisecond.
    ///   - columns: the names of the file's columns without the key's, in any order.
    public init(
        startMilliseconds: Int, executionName: String, attribute: String = Self.usualAttribute,
        mode: Mode, columns: [String]
    ) {
        let digits = String(min(max(startMilliseconds, 0), 9_999_999_999_999))
        let start = String(repeating: "0", count: 13 - digits.utf8.count) + digits
        version = start + "-" + sha256Hexadecimal(executionName).prefix(8)
        self.attribute = attribute
        self.mode = mode
        columnsHash = Self.hash(ofColumns: columns)
    }

    /// An order as it was made before and written down.
    /// - Returns: nil when the version is none, or the hash is no hash of columns.
    public init?(version: String, attribute: String, mode: Mode, columnsHash: String) {
        guard Self.isVersion(version), !attribute.isEmpty, Self.isHash(columnsHash.utf8) else {
            return nil
        }
        self.version = version
        self.attribute = attribute
        self.mode = mode
        self.columnsHash = columnsHash
    }

    /// The attribute that bears the version of the runs that a run like this one comes after or
    /// overtakes: `_v_<hash>` when merging, `_v_all` when replacing.
    public var setAttribute: String {
        attribute + "_" + (mode == .merge ? columnsHash : Self.allSuffix)
    }
    /// The attribute that counts the writes that came late.
    public var lateAttribute: String { attribute + "_" + Self.lateSuffix }

    /// Whether an attribute is one of those that keep the order: no column may bear such a name.
    public func isControl(_ name: String) -> Bool {
        Self.isControl(name, attribute: attribute)
    }

    /// ``isControl(_:)`` for any name of the version attribute.
    public static func isControl(_ name: String, attribute: String) -> Bool {
        guard name.utf8.starts(with: attribute.utf8) else { return false }
        let rest = name.utf8.dropFirst(attribute.utf8.count)
        guard let first = rest.first else { return true }
        let suffix = rest.dropFirst()
        return first == UInt8(ascii: "_")
            && (suffix.elementsEqual(allSuffix.utf8) || suffix.elementsEqual(lateSuffix.utf8)
                || isHash(suffix))
    }

    /// Whether a text is a version of a run.
    public static func isVersion(_ text: String) -> Bool {
        let bytes = text.utf8
        guard bytes.count == versionBytes else { return false }
        let hash = bytes.dropFirst(14)
        return bytes.prefix(13).allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
            && bytes.dropFirst(13).first == UInt8(ascii: "-") && isHash(hash)
    }

    /// Whether a run of version `a` was started before one of version `b`.
    public static func isOlder(_ a: String, than b: String) -> Bool {
        a.utf8.lexicographicallyPrecedes(b.utf8)
    }

    /// A short hash of names of columns, the same in whatever order they are given: the first 8
    /// hexadecimal digits of the SHA-256 of the names sorted by their UTF-8 bytes, each preceded by its
    /// length in bytes and a colon. What names it stands for is kept for good before the first write.
    public static func hash(ofColumns columns: [String]) -> String {
        let sorted = columns.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let text = sorted.map { "\($0.utf8.count):\($0)" }.joined()
        return String(sha256Hexadecimal(text).prefix(hashDigits))
    }

    private static let allSuffix = "all"
    private static let lateSuffix = "late"

    private static func isHash(_ text: some Collection<UInt8>) -> Bool {
        text.count == hashDigits
            && text.allSatisfy {
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                    || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0
            }
    }
}

extension RunOrder {
    /// What is to be written of a record, given the item as it is.
    public enum Decision: Sendable, Hashable {
        /// All of it: no newer run wrote the item. Merging sets the columns, the version attribute and
        /// ``RunOrder/setAttribute``, and removes the columns that the record leaves out; replacing
        /// makes the item of the key, the columns it has and those two, and of nothing else.
        case write
        /// A part: newer runs wrote the item, and do not cover all of this one.
        case partial(Partial)
        /// Nothing: newer runs cover all of it.
        case superseded
        /// Nothing: the run has written it before, and newer runs came after.
        case done
        /// The attribute's value is no version of a run. Another program uses its name; nothing is to
        /// be written.
        case foreignVersion(attribute: String, value: String)
        /// It is not known which columns these hashes stand for. They were kept before the first write
        /// under them, by a run that began since the known ones were read: read them again, and when
        /// they are still missing the attributes are another program's.
        case unknownColumns([String])
    }

    /// The second write of a record that came late. Beside the columns it sets
    /// ``RunOrder/setAttribute`` to the version and ``RunOrder/lateAttribute`` to ``next``; the version
    /// attribute stays. It must change nothing unless the version attribute still is ``seen`` and the
    /// late counter ``late``.
    public struct Partial: Sendable, Hashable {
        /// The columns to be set, or removed where the record leaves them out, in the file's order.
        public var columns: [String]
        /// When replacing, the attributes of the item that go beside: neither key nor control nor a
        /// column of this file or of a newer run. In the order given. Empty when merging.
        public var remove: [String]
        /// The version attribute as it was seen.
        public var seen: String
        /// The late counter as it was seen; nil when the item has none.
        public var late: String?
        /// What the late counter is to be.
        public var next: String

        public init(
            columns: [String], remove: [String], seen: String, late: String?, next: String
        ) {
            self.columns = columns
            self.remove = remove
            self.seen = seen
            self.late = late
            self.next = next
        }
    }

    /// Decides what of a record is to be written.
    ///
    /// - Parameters:
    ///   - old: the item's control attributes by their names (others may be among them): texts as they
    ///     are, the late counter as the text of its number, a value of any other type as the empty
    ///     text. Empty when there is no item.
    ///   - attributes: the names of all attributes of the item; looked at when replacing only.
    ///   - key: the names of the table's key attributes.
    ///   - columns: the names of the file's columns without the key's.
    ///   - known: the names behind each hash of columns that runs into this table have.
    public func decide(
        old: [String: String], attributes: [String] = [], key: [String], columns: [String],
        known: [String: [String]]
    ) -> Decision {
        guard let seen = old[attribute] else { return .write }
        guard Self.isVersion(seen) else {
            return .foreignVersion(attribute: attribute, value: seen)
        }
        if !Self.isOlder(version, than: seen) { return .write }
        if old[setAttribute] == version { return .done }

        var covered: Set<CodePoints> = []
        var unknown: [String] = []
        for (name, value) in old.sorted(by: { $0.key < $1.key }) {
            guard isControl(name), name != attribute, name != lateAttribute else { continue }
            guard Self.isVersion(value) else {
                return .foreignVersion(attribute: name, value: value)
            }
            guard Self.isOlder(version, than: value) else { continue }
            let suffix = String(
                decoding: name.utf8.dropFirst(attribute.utf8.count + 1), as: UTF8.self)
            if suffix == Self.allSuffix { return .superseded }
            if let names = known[suffix] {
                covered.formUnion(names.map { CodePoints($0) })
            } else {
                unknown.append(suffix)
            }
        }
        if !unknown.isEmpty { return .unknownColumns(unknown) }

        let mine = columns.filter { !covered.contains(CodePoints($0)) }
        if mode == .merge, mine.isEmpty { return .superseded }
        let late = old[lateAttribute]
        guard let count = late.map({ Int($0) }) ?? 0, count < .max else {
            return .foreignVersion(attribute: lateAttribute, value: late ?? "")
        }
        var remove: [String] = []
        if mode == .replace {
            let kept = covered.union((key + columns).map { CodePoints($0) })
            remove = attributes.filter { !isControl($0) && !kept.contains(CodePoints($0)) }
        }
        return .partial(
            Partial(
                columns: mine, remove: remove, seen: seen, late: late, next: String(count + 1)))
    }
}
