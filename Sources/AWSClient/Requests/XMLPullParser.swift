import System
/// Reads the plain XML of S3's answers: elements, text, the predefined and numeric entities.
///
/// Not supported, and refused or passed over: DTDs (refused), CDATA (refused), attributes,
/// namespaces, comments and processing instructions (passed over).
struct XMLPullParser {
    enum Event: Hashable {
        case start(String)
        case end(String)
        case text(String)
    }

    private let bytes: [UInt8]
    private var at = 0
    /// Set behind `<name/>`, whose end is an event of its own.
    private var pendingEnd: String?

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next event; nil at the end, or where the text is no XML that this reads.
    mutating func next() -> Event? {
        if let name = pendingEnd {
            pendingEnd = nil
            return .end(name)
        }
        while at < bytes.count {
            guard bytes[at] == UInt8(ascii: "<") else {
                let end = bytes[at...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
                defer { at = end }
                return Self.decoded(bytes[at..<end]).map { .text($0) }
            }
            if bytes[at...].starts(with: "<!--".utf8) {
                guard let close = bytes[at...].firstOccurrence(of: Array("-->".utf8)) else {
                    return nil
                }
                at = close.upperBound
                continue
            }
            guard let close = bytes[at...].firstIndex(of: UInt8(ascii: ">")) else { return nil }
            var inside = bytes[(at + 1)..<close]
            at = close + 1
            switch inside.first {
            case UInt8(ascii: "?"): continue
            case UInt8(ascii: "!"), nil: return nil
            case UInt8(ascii: "/"): return .end(Self.name(inside.dropFirst()))
            default:
                let isEmpty = inside.last == UInt8(ascii: "/")
                if isEmpty { inside.removeLast() }
                let name = Self.name(inside)
                if isEmpty { pendingEnd = name }
                return .start(name)
            }
        }
        return nil
    }

    private static func name(_ inside: ArraySlice<UInt8>) -> String {
        String(decoding: inside.prefix { $0 > 0x20 }, as: UTF8.self)
    }

    /// Nil when an entity is unknown.
    private static func decoded(_ text: ArraySlice<UInt8>) -> String? {
        guard text.contains(UInt8(ascii: "&")) else { return String(decoding: text, as: UTF8.self) }
        let known = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"]
        var result: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "&") else {
                result.append(byte)
                continue
            }
            guard let end = rest.firstIndex(of: UInt8(ascii: ";")) else { return nil }
            let name = String(decoding: rest[..<end], as: UTF8.self)
            rest = rest[(end + 1)...]
            if let character = known[name] {
                result += Array(character.utf8)
            } else if name.hasPrefix("#"),
                let value = name.hasPrefix("#x")
                    ? UInt32(name.dropFirst(2), radix: 16) : UInt32(name.dropFirst()),
                let scalar = Unicode.Scalar(value)
            {
                result += Array(String(Character(scalar)).utf8)
            } else {
                return nil
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Calls `visit` for every element that holds text and no element, with the path of names to it.
    /// - Returns: false when the text is not well-formed.
    static func forEachLeaf(
        _ bytes: [UInt8], starting: ([String]) -> Void = { _ in },
        _ visit: (_ path: [String], _ text: String) -> Void
    ) -> Bool {
        var parser = XMLPullParser(bytes)
        var path: [String] = []
        var text = ""
        var isLeaf = false
        var hasRoot = false
        while let event = parser.next() {
            switch event {
            case .start(let name):
                path.append(name)
                starting(path)
                (text, isLeaf, hasRoot) = ("", true, true)
            case .text(let part): text += part
            case .end(let name):
                guard path.last == name else { return false }
                if isLeaf { visit(path, text) }
                isLeaf = false
                path.removeLast()
            }
        }
        return hasRoot && path.isEmpty && parser.at == parser.bytes.count
    }
}
