import JSON

/// A call of an intrinsic function: <https://states-language.net/#intrinsic-functions>.
struct IntrinsicCall: Sendable, Hashable {
    /// Calls within calls, the outermost included:
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html>.
    static let maximumDepth = 10

    /// As written, for messages.
    let text: String
    let function: IntrinsicFunction
    let arguments: [Argument]

    indirect enum Argument: Sendable, Hashable {
        case literal(JSON)
        /// A quoted string with its escapes, which Format has to tell from `{}`.
        case text(String)
        case path(JSONPath)
        case call(IntrinsicCall)
    }

    init(parsing text: String) throws(PathSyntaxError) {
        var parser = PathParser(text)
        parser.skipSpace()
        self = try parser.call(depth: 1)
        parser.skipSpace()
        if let next = parser.next { throw parser.failure("unexpected '\(next)'") }
    }

    fileprivate init(text: String, function: IntrinsicFunction, arguments: [Argument]) {
        self.text = text
        self.function = function
        self.arguments = arguments
    }

    /// The function's value.
    /// - Throws: `States.IntrinsicFailure` for arguments the function cannot take, `States.Runtime`
    ///   for a path that leads nowhere.
    func evaluate(in scope: Scope) throws(StatesError) -> JSON {
        var values: [JSON] = []
        for (index, argument) in arguments.enumerated() {
            values.append(try value(of: argument, isTemplate: index == 0, in: scope))
        }
        guard scope.work.spend(onBytesOf: .array(values)) else { throw .tooMuchWork }
        do {
            return try function.apply(values)
        } catch {
            throw StatesError(StatesError.Name.intrinsicFailure, cause(error.message))
        }
    }

    private func value(
        of argument: Argument, isTemplate: Bool, in scope: Scope
    ) throws(StatesError) -> JSON {
        switch argument {
        case .literal(let value): return value
        case .text(let raw):
            let keepsEscapes = function == .format && isTemplate
            return .string(keepsEscapes ? raw : IntrinsicFunction.unescaped(raw))
        case .call(let call): return try call.evaluate(in: scope)
        case .path(let path):
            do {
                return try path.value(in: scope)
            } catch {
                if error.isFinal { throw .tooMuchWork }
                throw .runtime(
                    cause(
                        "The JsonPath argument for the field '\(path)' could not be found in the "
                            + "input '\(path.document(in: scope).serialized())'"))
            }
        }
    }

    private func cause(_ message: String) -> String {
        "The function '\(text)' had the following error: \(message)"
    }

    /// The paths among the arguments, nested ones included.
    var paths: [JSONPath] {
        arguments.flatMap { argument -> [JSONPath] in
            switch argument {
            case .path(let path): [path]
            case .call(let call): call.paths
            case .literal, .text: []
            }
        }
    }
}

extension PathParser {
    fileprivate mutating func call(depth: Int) throws(PathSyntaxError) -> IntrinsicCall {
        let start = at
        guard depth <= IntrinsicCall.maximumDepth else {
            throw failure("more than \(IntrinsicCall.maximumDepth) functions within each other")
        }
        guard take(word: "States.") else {
            throw failure("neither a path, which starts with '$', nor an intrinsic function")
        }
        let name = letters()
        guard let function = IntrinsicFunction(rawValue: name) else {
            throw failure("there is no intrinsic function States.\(name)")
        }
        skipSpace()
        guard take("(") else { throw failure("'(' is missing") }
        var arguments: [IntrinsicCall.Argument] = []
        skipSpace()
        if !take(")") {
            repeat {
                arguments.append(try argument(depth: depth))
                skipSpace()
            } while take(",")
            guard take(")") else { throw failure("',' or ')' is missing") }
        }
        guard function.argumentCount.contains(arguments.count) else {
            throw failure(
                "States.\(name) takes \(function.argumentCountInWords), not \(arguments.count)")
        }
        return IntrinsicCall(text: text(from: start), function: function, arguments: arguments)
    }

    private mutating func argument(depth: Int) throws(PathSyntaxError) -> IntrinsicCall.Argument {
        skipSpace()
        switch next {
        case "$":
            let start = at
            _ = try prefix()
            return .path(JSONPath(text(from: start)))
        case "'": return .text(try escaped())
        case "S": return .call(try call(depth: depth + 1))
        default:
            guard let value = try literal() else { throw failure("an argument is missing") }
            return .literal(value)
        }
    }

    /// A single-quoted string without its quotes but with its escapes.
    private mutating func escaped() throws(PathSyntaxError) -> String {
        at += 1
        let start = at
        while let next {
            if next == "'" {
                let raw = text(from: start)
                at += 1
                return raw
            }
            at += next == "\\" ? 2 : 1
        }
        throw failure("a quote is not closed")
    }
}
