public import JSON

/// What stands in a field whose name ends in `.$` or `Path`: a path or an intrinsic function.
public struct Expression: Sendable, Hashable, ExpressibleByStringLiteral {
    /// As written.
    public let text: String
    let kind: Kind

    indirect enum Kind: Sendable, Hashable {
        case path(JSONPath)
        case call(IntrinsicCall)
        case invalid(String)
    }

    /// Holds the text, expression or not; see ``problem``.
    public init(_ text: String) {
        self.text = text
        if text.hasPrefix("$") {
            kind = .path(JSONPath(text))
        } else {
            do {
                kind = .call(try IntrinsicCall(parsing: text))
            } catch {
                kind = .invalid(error.message)
            }
        }
    }

    /// As written in Swift source.
    public init(stringLiteral text: String) { self.init(text) }

    /// What is wrong with the text; nil when it is an expression.
    public var problem: String? {
        switch kind {
        case .path(let path): path.problem
        case .call: nil
        case .invalid(let message): message
        }
    }

    /// The expression's value.
    ///
    /// `field` is the field's name, for the message when a path leads nowhere.
    /// - Throws: `States.Runtime`; of a function, `States.IntrinsicFailure`.
    public func evaluate(in scope: Scope, field: String) throws(StatesError) -> JSON {
        switch kind {
        case .path(let path): return try path.evaluate(in: scope, field: field)
        case .call(let call): return try call.evaluate(in: scope)
        case .invalid(let message): throw .runtime("Invalid path '\(text)' : \(message)")
        }
    }
}

extension JSONPath {
    /// What the path leads to, with the message of templates and `…Path` fields otherwise.
    /// - Throws: `States.Runtime`, naming `field` and showing what the path was applied to.
    public func evaluate(in scope: Scope, field: String) throws(StatesError) -> JSON {
        do {
            return try value(in: scope)
        } catch {
            if error.isFinal { throw .tooMuchWork }
            if let problem { throw .runtime("Invalid path '\(text)' : \(problem)") }
            throw .runtime(
                "The JSONPath '\(text)' specified for the field '\(field)' could not be found in "
                    + "the input '\(document(in: scope).serialized())'")
        }
    }

    /// What the path is applied to, for messages.
    func document(in scope: Scope) -> JSON {
        switch root {
        case .input: scope.input
        case .context: scope.context
        case .variable: .object(scope.variables)
        }
    }
}
