/// Header fields in their order; names compare without regard to ASCII case (RFC 9110 §5.1).
public struct HTTPHeaders: Sendable, Hashable {
    public struct Field: Sendable, Hashable {
        public var name: String
        public var value: String
    }

    public private(set) var fields: [Field] = []

    public init() {}

    /// The first field of that name. Setting replaces all fields of the name; nil removes them.
    public subscript(name: String) -> String? {
        get { fields.first { Self.areEqual($0.name, name) }?.value }
        set {
            guard let newValue else { return fields.removeAll { Self.areEqual($0.name, name) } }
            if let at = fields.firstIndex(where: { Self.areEqual($0.name, name) }) {
                fields[at].value = newValue
                let rest = fields[(at + 1)...].filter { !Self.areEqual($0.name, name) }
                fields.replaceSubrange((at + 1)..., with: rest)
            } else {
                append(name, newValue)
            }
        }
    }

    /// Adds a field behind those there are, also when its name is there already.
    public mutating func append(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    private static func areEqual(_ a: String, _ b: String) -> Bool {
        func lowered(_ byte: UInt8) -> UInt8 {
            UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte
        }
        return a.utf8.count == b.utf8.count
            && zip(a.utf8, b.utf8).allSatisfy { lowered($0) == lowered($1) }
    }
}

extension HTTPHeaders: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { append(name, value) }
    }
}
