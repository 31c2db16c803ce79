public import JSON

/// Why a path leads nowhere, in Jayway's words.
struct PathFailure: Error {
    let message: String
    /// Whether the path was given up, not found to lead nowhere.
    var isFinal = false

    static let tooMuchWork = PathFailure(
        message: StatesError.tooMuchWork.cause, isFinal: true)
}

extension JSONPath {
    /// What the path leads to: the node of a definite path, the array of all matches of another.
    /// - Throws: `States.Runtime` ("Invalid path …") when a definite path leads nowhere.
    public func evaluate(in scope: Scope) throws(StatesError) -> JSON {
        do {
            return try value(in: scope)
        } catch {
            if error.isFinal { throw .tooMuchWork }
            throw .runtime("Invalid path '\(text)' : \(error.message)")
        }
    }

    /// ``evaluate(in:)`` without the wording, for callers that have their own.
    func value(in scope: Scope) throws(PathFailure) -> JSON {
        guard case .valid(let root, let segments) = parsed else {
            throw PathFailure(message: problem ?? "")
        }
        let start: JSON
        switch root {
        case .input: start = scope.input
        case .context: start = scope.context
        case .variable(let name):
            guard let value = scope.variables[name] else {
                throw PathFailure(message: "No results for path: $['\(name)']")
            }
            start = value
        }
        let search = PathSearch(document: scope.input, work: scope.work)
        let value = try JSONPath.value(segments, from: start, search)
        guard segments.areDefinite || scope.work.spend(onBytesOf: value) else {
            throw .tooMuchWork
        }
        return value
    }

    static func value(
        _ segments: [Segment], from start: JSON, _ search: PathSearch
    ) throws(PathFailure) -> JSON {
        guard segments.areDefinite else {
            var nodes = [start]
            for segment in segments { nodes = try segment.matches(in: nodes, search) }
            return .array(nodes)
        }
        var node = start
        for (index, segment) in segments.enumerated() {
            guard let child = segment.single(of: node) else {
                throw failure(at: index, of: segments, node: node)
            }
            node = child
        }
        return node
    }

    /// Jayway's messages, see PropertyPathToken and ArrayPathToken.
    private static func failure(at index: Int, of segments: [Segment], node: JSON) -> PathFailure {
        let before = "$" + segments[..<index].map(\.fragment).joined()
        let segment = segments[index]
        let through = before + segment.fragment
        switch segment {
        case .names:
            guard node.object != nil else {
                return PathFailure(
                    message:
                        "Expected to find an object with property \(segment.fragment) in path "
                        + "\(before) but found '\(javaType(of: node))'. This is not a json object "
                        + "according to the JsonProvider: "
                        + "'com.jayway.jsonpath.spi.json.JacksonJsonProvider'.")
            }
            return PathFailure(
                message: index == segments.count - 1
                    ? "No results for path: \(through)" : "Missing property in path \(through)")
        default:
            guard node.array != nil else {
                return PathFailure(
                    message:
                        "Filter: \(segment.fragment) can only be applied to arrays. "
                        + "Current context is: \(node.serialized())")
            }
            let whole = "$" + segments.map(\.fragment).joined()
            return PathFailure(message: "No results for path: \(whole)")
        }
    }

    private static func javaType(of node: JSON) -> String {
        switch node {
        case .null: "null"
        case .bool: "java.lang.Boolean"
        case .number(let number):
            number.text.utf8.contains { "eE.".utf8.contains($0) }
                ? "java.lang.Double" : "java.lang.Integer"
        case .string: "java.lang.String"
        case .array: "java.util.ArrayList"
        case .object: "java.util.LinkedHashMap"
        }
    }
}

/// What the search for a path's matches goes by.
struct PathSearch {
    /// `$` in a filter.
    let document: JSON
    let work: EvaluationWork

    func spend(_ count: Int) throws(PathFailure) {
        guard work.spend(count) else { throw .tooMuchWork }
    }
}

extension JSONPath.Segment {
    /// The child a definite segment leads to.
    func single(of node: JSON) -> JSON? {
        switch (self, node) {
        case (.names(let names), .object(let object)):
            names.count == 1 ? object[names[0]] : JSONPath.members(names, of: object)
        case (.indices(let indices), .array(let elements)):
            JSONPath.element(indices[0], of: elements)
        default: nil
        }
    }

    func matches(in nodes: [JSON], _ search: PathSearch) throws(PathFailure) -> [JSON] {
        var found: [JSON] = []
        for node in nodes { try match(node, search, &found) }
        return found
    }

    private func match(
        _ node: JSON, _ search: PathSearch, _ found: inout [JSON]
    ) throws(PathFailure) {
        let before = found.count
        switch (self, node) {
        case (.names(let names), .object(let object)):
            found += names.compactMap { object[$0] }
        case (.indices(let indices), .array(let elements)):
            found += indices.compactMap { JSONPath.element($0, of: elements) }
        case (.slice(let from, let to, let step), .array(let elements)):
            let count = elements.count
            func bound(_ value: Int?, _ absent: Int) -> Int {
                guard let value else { return absent }
                return Swift.min(count, Swift.max(0, value < 0 ? count + value : value))
            }
            let range = stride(from: bound(from, 0), to: bound(to, count), by: step)
            found += range.map { elements[$0] }
        case (.wildcard, .array(let elements)): found += elements
        case (.wildcard, .object(let object)): found += object.map(\.value)
        case (.filter(let filter), .array(let elements)):
            for element in elements where try filter.matches(element, search) {
                found.append(element)
            }
        case (.filter(let filter), .object):
            if try filter.matches(node, search) { found.append(node) }
        case (.descendants(let segment), _):
            try segment.match(node, search, &found)
            switch node {
            case .array(let elements):
                for element in elements { try match(element, search, &found) }
            case .object(let object):
                for (_, value) in object { try match(value, search, &found) }
            default: break
            }
            try search.spend(1)
            return
        default: break
        }
        try search.spend(1 + found.count - before)
    }
}

extension JSONPath {
    /// The members of these names as an object.
    static func members(_ names: [String], of object: JSONObject) -> JSON {
        .object(JSONObject(names.compactMap { name in object[name].map { (name, $0) } }))
    }

    /// The element; a negative index counts from the end.
    static func element(_ index: Int, of elements: [JSON]) -> JSON? {
        let index = index < 0 ? elements.count + index : index
        // Not `? :`, in which `nil` would be taken for the literal of JSON's null.
        guard elements.indices.contains(index) else { return nil }
        return elements[index]
    }
}
