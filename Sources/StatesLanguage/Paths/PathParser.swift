import JSON

/// Why a text is no path.
struct PathSyntaxError: Error {
    let message: String
}

/// Reads paths; also from the middle of an intrinsic function's arguments.
struct PathParser {
    private let scalars: [Unicode.Scalar]
    /// 0-based, of the next scalar to read.
    var at: Int
    private var depth = 0

    init(_ text: String) { self.init(Array(text.unicodeScalars), at: 0) }

    init(_ scalars: [Unicode.Scalar], at: Int) {
        self.scalars = scalars
        self.at = at
    }

    /// One path up to the text's end.
    mutating func path() throws(PathSyntaxError) -> (JSONPath.Root, [JSONPath.Segment]) {
        let result = try prefix()
        if let next { throw failure("unexpected '\(next)'") }
        return result
    }

    /// One path; stops before what cannot belong to it.
    mutating func prefix() throws(PathSyntaxError) -> (JSONPath.Root, [JSONPath.Segment]) {
        guard take("$") else { throw failure("a path must start with '$'") }
        var root = JSONPath.Root.input
        if take("$") {
            root = .context
        } else if let next, JSONPath.canStartName(next) {
            root = .variable(name())
        }
        return (root, try segments())
    }

    var next: Unicode.Scalar? { at < scalars.count ? scalars[at] : nil }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        at += 1
        return true
    }

    mutating func take(word: String) -> Bool {
        guard scalars[at...].starts(with: word.unicodeScalars) else { return false }
        at += word.unicodeScalars.count
        return true
    }

    mutating func skipSpace() {
        while let next, next == " " || next == "\t" || next == "\n" || next == "\r" { at += 1 }
    }

    func failure(_ message: String) -> PathSyntaxError {
        PathSyntaxError(message: "\(message) at character \(at + 1)")
    }

    /// Guards the stack against deep nesting.
    mutating func nested<Value>(
        _ body: (inout PathParser) throws(PathSyntaxError) -> Value
    ) throws(PathSyntaxError) -> Value {
        depth += 1
        guard depth <= 32 else { throw failure("nested too deep") }
        defer { depth -= 1 }
        return try body(&self)
    }

    mutating func segments() throws(PathSyntaxError) -> [JSONPath.Segment] {
        var segments: [JSONPath.Segment] = []
        while let next {
            if next == "[" {
                segments.append(try bracket())
            } else if take(".") {
                let isDescent = take(".")
                let segment = self.next == "[" && isDescent ? try bracket() : try dotted()
                segments.append(isDescent ? .descendants(segment) : segment)
            } else {
                break
            }
        }
        return segments
    }

    private mutating func dotted() throws(PathSyntaxError) -> JSONPath.Segment {
        if take("*") { return .wildcard }
        let name = name()
        if name.isEmpty { throw failure("a name is missing") }
        return .names([name])
    }

    /// A name written without quotes: everything up to a character with a meaning.
    private mutating func name() -> String {
        let start = at
        while let next, !"?*<>{}[]\"#%\\^|~$&,;:/.()'=!@+ \t\r\n".unicodeScalars.contains(next) {
            at += 1
        }
        return text(from: start)
    }

    /// What was read since `start`.
    func text(from start: Int) -> String {
        String(String.UnicodeScalarView(scalars[start..<min(at, scalars.count)]))
    }

    mutating func letters() -> String {
        let start = at
        while let next, next.isASCII, next.properties.isAlphabetic || ("0"..."9").contains(next) {
            at += 1
        }
        return text(from: start)
    }

    private mutating func bracket() throws(PathSyntaxError) -> JSONPath.Segment {
        at += 1
        skipSpace()
        let segment: JSONPath.Segment
        switch next {
        case "*":
            at += 1
            segment = .wildcard
        case "?":
            at += 1
            segment = .filter(try filter())
        case "'", "\"":
            var names = [try quoted()]
            while separator() { names.append(try quoted()) }
            segment = .names(names)
        default: segment = try subscripts()
        }
        skipSpace()
        guard take("]") else { throw failure("']' is missing") }
        return segment
    }

    private mutating func separator() -> Bool {
        skipSpace()
        let found = take(",")
        if found { skipSpace() }
        return found
    }

    private mutating func subscripts() throws(PathSyntaxError) -> JSONPath.Segment {
        let first = try integer()
        skipSpace()
        if take(":") {
            skipSpace()
            let to = try integer()
            skipSpace()
            var step = 1
            if take(":") {
                skipSpace()
                step = try integer() ?? 1
                if step < 1 { throw failure("a slice's step must be at least 1") }
            }
            return .slice(from: first, to: to, step: step)
        }
        guard let first else { throw failure("an index is missing") }
        var indices = [first]
        while separator() {
            guard let index = try integer() else { throw failure("an index is missing") }
            indices.append(index)
        }
        return .indices(indices)
    }

    private mutating func integer() throws(PathSyntaxError) -> Int? {
        let start = at
        _ = take("-")
        while let next, ("0"..."9").contains(next) { at += 1 }
        if at == start { return nil }
        guard let value = Int32(text(from: start)) else {
            throw failure("not an index")
        }
        return Int(value)
    }

    /// A string in single or double quotes. A backslash before the quote or a backslash is dropped;
    /// before anything else it stays, as AWS has it.
    mutating func quoted() throws(PathSyntaxError) -> String {
        guard let quote = next, quote == "'" || quote == "\"" else {
            throw failure("a quoted name is missing")
        }
        at += 1
        var text = String.UnicodeScalarView()
        while let scalar = next {
            at += 1
            if scalar == quote { return String(text) }
            if scalar == "\\", let escaped = next, escaped == quote || escaped == "\\" {
                at += 1
                text.append(escaped)
            } else {
                text.append(scalar)
            }
        }
        throw failure("a quote is not closed")
    }

    /// A number, string, true, false or null in a filter.
    mutating func literal() throws(PathSyntaxError) -> JSON? {
        switch next {
        case "'", "\"": return .string(try quoted())
        case let scalar? where scalar == "-" || ("0"..."9").contains(scalar):
            let start = at
            while let next, "+-.eE0123456789".unicodeScalars.contains(next) { at += 1 }
            guard let number = JSONNumber(text(from: start)) else { throw failure("not a number") }
            return .number(number)
        default: break
        }
        if take(word: "true") { return true }
        if take(word: "false") { return false }
        if take(word: "null") { return .null }
        return nil
    }
}

extension JSONPath {
    /// Whether a variable's name can start so: a letter or an underscore.
    static func canStartName(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.properties.isXIDStart
    }
}
