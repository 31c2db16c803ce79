public import JSON

/// A path that leads to exactly one place, which need not exist yet:
/// <https://states-language.net/#ref-paths>.
public struct ReferencePath: Sendable, Hashable {
    /// The path, which starts at `$`.
    public let path: JSONPath

    /// Nil when the path is none, can lead to several places, or does not start at `$`.
    public init?(_ path: JSONPath) {
        guard path.isReference, path.root == .input else { return nil }
        self.path = path
    }

    /// Nil when the text is no such path.
    public init?(_ text: String) { self.init(JSONPath(text)) }

    /// `document` with `value` at this place; objects on the way are made when they are missing.
    /// - Throws: `States.ResultPathMatchFailure` when the way leads through something else than an
    ///   object, or to an array's element that does not exist.
    public func set(_ value: JSON, into document: JSON) throws(StatesError) -> JSON {
        guard case .valid(_, let segments) = path.parsed else { return document }
        guard let result = Self.set(value, into: document, segments[...]) else {
            throw StatesError(
                StatesError.Name.resultPathMatchFailure,
                "Unable to apply ReferencePath \(path) to input \(document.serialized())")
        }
        return result
    }

    private static func set(
        _ value: JSON, into document: JSON, _ segments: ArraySlice<JSONPath.Segment>
    ) -> JSON? {
        guard let segment = segments.first else { return value }
        let rest = segments.dropFirst()
        switch (segment, document) {
        case (.names(let names), .object(var object)):
            guard let child = set(value, into: object[names[0]] ?? [:], rest) else { return nil }
            object[names[0]] = child
            return .object(object)
        case (.indices(let indices), .array(var elements)):
            guard elements.indices.contains(indices[0]),
                let child = set(value, into: elements[indices[0]], rest)
            else { return nil }
            elements[indices[0]] = child
            return .array(elements)
        default: return nil
        }
    }
}
