public import JSON

/// Builds JSON Pointers (RFC 6901), which say where in a definition a problem is.
enum JSONPointer {
    /// `path` with `names` appended, `~` and `/` escaped after §3.
    static func append(_ names: [String], to path: String) -> String {
        names.reduce(path) { path, name in
            let escaped = name.utf8.flatMap { byte -> [UInt8] in
                switch byte {
                case UInt8(ascii: "~"): Array("~0".utf8)
                case UInt8(ascii: "/"): Array("~1".utf8)
                default: [byte]
                }
            }
            return path + "/" + String(decoding: escaped, as: UTF8.self)
        }
    }
}

extension JSON {
    /// What a JSON Pointer leads to within this value (RFC 6901 §4); nil when that is nothing.
    public func value(at pointer: String) -> JSON? {
        guard !pointer.isEmpty else { return self }
        guard pointer.utf8.first == UInt8(ascii: "/") else { return nil }
        var value = self
        for part in pointer.utf8.dropFirst().split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        {
            guard let name = JSONPointer.unescaped(part) else { return nil }
            let next: JSON? =
                switch value {
                case .object: value[name]
                case .array: JSONPointer.index(part).flatMap { value[$0] }
                default: nil
                }
            guard let next else { return nil }
            value = next
        }
        return value
    }
}

extension JSONPointer {
    /// `~1` is a slash and `~0` a tilde; any other tilde is an error.
    fileprivate static func unescaped(_ part: Substring.UTF8View.SubSequence) -> String? {
        var bytes: [UInt8] = []
        var rest = part
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "~") else {
                bytes.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "0"): bytes.append(UInt8(ascii: "~"))
            case UInt8(ascii: "1"): bytes.append(UInt8(ascii: "/"))
            default: return nil
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Digits without leading zeros.
    fileprivate static func index(_ part: Substring.UTF8View.SubSequence) -> Int? {
        guard part.allSatisfy({ (0x30...0x39).contains($0) }),
            part.count == 1 || part.first != UInt8(ascii: "0")
        else { return nil }
        return Int(Substring(part))
    }
}
