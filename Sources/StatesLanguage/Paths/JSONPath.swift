import JSON

/// A path into the input (`$`), the context object (`$$`) or a variable (`$name`).
///
/// Knows names, indices, slices, unions, wildcards, recursive descent and filters, as the Jayway
/// implementation behind Step Functions does, but no functions such as `length()`.
/// A text that is no path can be held, so that ``StateMachine/validate()`` can name it:
/// ``problem`` says what is wrong, and evaluation fails.
public struct JSONPath: Sendable, Hashable {
    /// As written.
    public let text: String
    let parsed: Parsed

    enum Parsed: Sendable, Hashable {
        case valid(Root, [Segment])
        case invalid(String)
    }

    /// Where a path starts.
    public enum Root: Sendable, Hashable {
        case input, context
        case variable(String)
    }

    /// One step of a path.
    indirect enum Segment: Sendable, Hashable {
        case names([String])
        case indices([Int])
        /// Python's: negative bounds count from the end.
        case slice(from: Int?, to: Int?, step: Int)
        case wildcard
        case filter(PathFilter)
        /// `..` before another segment.
        case descendants(Segment)
    }

    /// Holds the text, path or not.
    public init(_ text: String) {
        self.text = text
        var parser = PathParser(text)
        do {
            let (root, segments) = try parser.path()
            parsed = .valid(root, segments)
        } catch {
            parsed = .invalid(error.message)
        }
    }

    /// - Throws: `States.Runtime` when the text is no path.
    public init(parsing text: String) throws(StatesError) {
        self.init(text)
        if let problem { throw .runtime("Invalid path '\(text)' : \(problem)") }
    }

    /// What is wrong with the text; nil when it is a path.
    public var problem: String? { if case .invalid(let message) = parsed { message } else { nil } }

    /// Where the path starts; `.input` when it is invalid.
    public var root: Root { if case .valid(let root, _) = parsed { root } else { .input } }

    /// Whether the path leads to at most one node: only single names and indices.
    public var isDefinite: Bool {
        guard case .valid(_, let segments) = parsed else { return false }
        return segments.areDefinite
    }

    /// Whether this is a Reference Path (<https://states-language.net/#ref-paths>), which can be
    /// written to: definite and without negative indices.
    public var isReference: Bool {
        guard case .valid(_, let segments) = parsed else { return false }
        return segments.allSatisfy {
            if case .indices(let indices) = $0 {
                indices.count == 1 && indices[0] >= 0
            } else {
                $0.isDefinite
            }
        }
    }

    /// Whether the path is only its root: `$`, `$$`, `$name`.
    public var isRoot: Bool {
        if case .valid(_, let segments) = parsed { segments.isEmpty } else { false }
    }
}

extension JSONPath: ExpressibleByStringLiteral {
    /// As written in Swift source.
    public init(stringLiteral text: String) { self.init(text) }
}

extension JSONPath: CustomStringConvertible {
    /// As written.
    public var description: String { text }
}

extension [JSONPath.Segment] {
    /// Whether they lead to at most one node: names and indices, and several names at the end,
    /// which lead to an object of those members.
    var areDefinite: Bool {
        for (index, segment) in enumerated() where !segment.isDefinite {
            guard index == count - 1, case .names = segment else { return false }
        }
        return true
    }
}

extension JSONPath.Segment {
    var isDefinite: Bool {
        switch self {
        case .names(let names): names.count == 1
        case .indices(let indices): indices.count == 1
        case .slice, .wildcard, .filter, .descendants: false
        }
    }

    /// As Jayway prints it in its messages: `['name']`, `[0]`.
    var fragment: String {
        switch self {
        case .names(let names): "[" + names.map { "'\($0)'" }.joined(separator: ",") + "]"
        case .indices(let indices): "[" + indices.map { String($0) }.joined(separator: ",") + "]"
        case .slice(let from, let to, _):
            "[\(from.map { String($0) } ?? ""):\(to.map { String($0) } ?? "")]"
        case .wildcard: "[*]"
        case .filter: "[?]"
        case .descendants(let segment): ".." + segment.fragment
        }
    }
}
