public import JSON

/// JSON in which members named `….$` hold expressions: <https://states-language.net/#payload-template>.
public struct PayloadTemplate: Sendable, Hashable {
    /// As written.
    public let json: JSON
    let node: Node

    /// The template with its expressions parsed once.
    indirect enum Node: Sendable {
        case constant(JSON)
        case array([Node])
        /// In the order written; `name` without `.$`.
        case object([(name: String, field: String, value: Node)])
        case expression(Expression)
    }

    /// Parses the expressions in it once; wrong ones are found by ``StateMachine/validate()``.
    public init(_ json: JSON) {
        self.json = json
        node = Node(json)
    }

    /// Equal as JSON.
    public static func == (a: Self, b: Self) -> Bool { a.json == b.json }
    /// Of the JSON.
    public func hash(into hasher: inout Hasher) { hasher.combine(json) }

    /// The template with every expression replaced by its value.
    /// - Throws: `States.Runtime` or `States.IntrinsicFailure` of the first that has none.
    public func resolve(in scope: Scope) throws(StatesError) -> JSON {
        var bytesLeft = EvaluationWork.valueBytes
        return try node.resolve(in: scope, field: "", &bytesLeft)
    }

}

extension PayloadTemplate: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral,
    ExpressibleByStringLiteral
{
    /// As written in Swift source.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self.init(.object(JSONObject(elements)))
    }
    /// As written in Swift source.
    public init(arrayLiteral elements: JSON...) { self.init(.array(elements)) }
    /// As written in Swift source.
    public init(stringLiteral text: String) { self.init(.string(text)) }
}

extension PayloadTemplate.Node {
    init(_ json: JSON) {
        switch json {
        case .array(let elements):
            let nodes = elements.map { Self($0) }
            self = nodes.allSatisfy(\.isConstant) ? .constant(json) : .array(nodes)
        case .object(let object):
            let members = object.map { name, value -> (name: String, field: String, value: Self) in
                guard name.utf8.count > 2, name.hasSuffix(".$"), let text = value.string else {
                    return (name, name, Self(value))
                }
                return (String(name.dropLast(2)), name, .expression(Expression(text)))
            }
            self = members.allSatisfy(\.value.isConstant) ? .constant(json) : .object(members)
        default: self = .constant(json)
        }
    }

    private var isConstant: Bool { if case .constant = self { true } else { false } }

    /// `bytesLeft` is what the values may have as JSON that are not resolved yet.
    func resolve(
        in scope: Scope, field: String, _ bytesLeft: inout Int
    ) throws(StatesError) -> JSON {
        switch self {
        case .constant(let json): return json
        case .array(let nodes):
            var elements: [JSON] = []
            elements.reserveCapacity(nodes.count)
            for node in nodes {
                elements.append(try node.resolve(in: scope, field: field, &bytesLeft))
            }
            return .array(elements)
        case .object(let members):
            var object = JSONObject()
            for member in members {
                object[member.name] = try member.value.resolve(
                    in: scope, field: member.field, &bytesLeft)
            }
            return .object(object)
        case .expression(let expression):
            let value = try expression.evaluate(in: scope, field: field)
            guard let bytes = value.utf8Count(atMost: bytesLeft), scope.work.spend(bytes / 64)
            else { throw .tooMuchWork }
            bytesLeft -= bytes
            return value
        }
    }
}
