/// The members of a JSON object in the order they were written, each name once.
///
/// Names are one when their code points are (RFC 8259 §8.3): two spellings of an accented letter are
/// two names. Looking up by name is linear in small objects and hashed from ``hashedFrom`` members on.
public struct JSONObject: Sendable {
    public typealias Member = (name: String, value: JSON)

    /// An index is kept from this many members on; below it a linear search is faster.
    static let hashedFrom = 12

    private var storage: [Entry] = []
    private var index: [CodePoints: Int]?

    private struct Entry: Sendable, Hashable {
        let key: CodePoints
        var value: JSON

        var name: String { key.text }
    }

    public init() {}

    /// The given members in their order; of a repeated name the last value stays, at the first place.
    public init(_ members: some Sequence<(String, JSON)>) {
        for (name, value) in members { self[name] = value }
    }

    public var count: Int { storage.count }
    public var isEmpty: Bool { storage.isEmpty }
    public var names: [String] { storage.map(\.name) }

    /// The value of a member. Setting a new name appends it; setting nil removes the member.
    public subscript(name: String) -> JSON? {
        get { position(of: name).map { storage[$0].value } }
        set {
            switch (position(of: name), newValue) {
            case (let at?, let value?): storage[at].value = value
            case (nil, let value?): append(name, value)
            case (let at?, nil):
                storage.remove(at: at)
                reindex()
            case (nil, nil): break
            }
        }
    }

    private func position(of name: String) -> Int? {
        let name = CodePoints(name)
        if let index { return index[name] }
        return storage.firstIndex { $0.key == name }
    }

    private mutating func append(_ name: String, _ value: JSON) {
        let name = CodePoints(name)
        storage.append(Entry(key: name, value: value))
        if index != nil {
            index?[name] = storage.count - 1
        } else if storage.count >= Self.hashedFrom {
            reindex()
        }
    }

    private mutating func reindex() {
        guard storage.count >= Self.hashedFrom else {
            index = nil
            return
        }
        index = Dictionary(
            uniqueKeysWithValues: storage.enumerated().map { ($1.key, $0) })
    }
}

extension JSONObject: Sequence {
    public func makeIterator() -> AnyIterator<Member> {
        var at = storage.startIndex
        return AnyIterator {
            guard at < storage.endIndex else { return nil }
            defer { at += 1 }
            return (storage[at].name, storage[at].value)
        }
    }
}

extension JSONObject: Hashable {
    /// Equal members, in whatever order.
    public static func == (a: JSONObject, b: JSONObject) -> Bool {
        a.count == b.count && a.storage.allSatisfy { b[$0.name] == $0.value }
    }

    public func hash(into hasher: inout Hasher) {
        var combined = 0
        for entry in storage { combined ^= entry.hashValue }
        hasher.combine(combined)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSON)...) { self.init(elements) }
}
