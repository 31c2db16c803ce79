/// A text that is compared and ordered by its code points.
///
/// Swift's `String` also equals other spellings of the same characters, `é` as one code point and as two,
/// which JSON (RFC 8259 §8.3) and the States Language tell apart.
public struct CodePoints: Sendable, Hashable, Comparable {
    public let text: String

    public init(_ text: String) { self.text = text }

    public static func == (a: CodePoints, b: CodePoints) -> Bool {
        // The first comparison is fast and turns nearly all others away.
        a.text == b.text && a.text.utf8.elementsEqual(b.text.utf8)
    }

    /// The same code points are the same characters, so the text's own hash serves.
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }

    /// UTF-8 sorts as code points do.
    public static func < (a: CodePoints, b: CodePoints) -> Bool {
        a.text.utf8.lexicographicallyPrecedes(b.text.utf8)
    }
}
