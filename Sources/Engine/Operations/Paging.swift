import JSON

extension Request {
    /// `maxResults`: 0 or none is the default.
    func pageEntries() throws(ServiceError) -> Int {
        let count = try integer("maxResults", from: 0, to: Limits.pageEntries) ?? 0
        return count == 0 ? Limits.defaultPageEntries : count
    }

    /// Where the page of `nextToken` starts; nil for the first page.
    /// - Parameter query: what the list is of: operation and all arguments that choose its entries.
    /// - Throws: `InvalidToken` for a text that is no token, or is another query's.
    func pageStart(of query: [String?]) throws(ServiceError) -> Int? {
        guard let text = try optionalString("nextToken") else { return nil }
        try Self.checkLength(text, "nextToken", atMost: Limits.tokenCharacters)
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let start = Int(parts[0]), parts[1] == Self.fingerprint(query)
        else { throw ServiceError("InvalidToken", "Invalid Token: 'Invalid token'") }
        return start
    }

    /// The token of the page that starts there.
    static func pageToken(_ start: Int, of query: [String?]) -> JSON {
        .string("\(start).\(fingerprint(query))")
    }

    /// FNV-1a, 64 bits: no secret, only what tells one query from another.
    /// <https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>
    private static func fingerprint(_ query: [String?]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        for part in query {
            for byte in (part ?? "").utf8 { add(byte) }
            // No UTF-8 text holds it.
            add(part == nil ? 0xFE : 0xFF)
        }
        return String(hash, radix: 16)
    }
}
