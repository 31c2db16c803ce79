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
