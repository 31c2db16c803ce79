/// Makes names of attributes into names of columns that SQLite tells apart: it does not heed the case of
/// ASCII letters. A name that is taken gets `_2`, `_3` and so on at its end.
struct ColumnAliases {
    private var taken: Set<String>

    init(taken: [String] = []) { self.taken = Set(taken.map(Self.folded)) }

    /// The name as SQL writes it. It must not contain NUL.
    mutating func quoted(_ name: String) -> String {
        var alias = name
        var number = 2
        while !taken.insert(Self.folded(alias)).inserted {
            alias = "\(name)_\(number)"
            number += 1
        }
        return Self.quote(alias)
    }

    static func quote(_ name: String) -> String {
        "\""
            + name.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"") + "\""
    }

    private static func folded(_ name: String) -> String {
        String(
            decoding: name.utf8.map {
                UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? $0 | 0x20 : $0
            },
            as: UTF8.self)
    }
}
