import JSON

/// Takes the fields of one JSON object of a definition and notes what is wrong with them.
struct FieldReader {
    let path: String
    let problems: ProblemList
    private let object: JSONObject
    private var known: Set<String> = []

    /// Fields that only states in JSONata have.
    private static let jsonataFields: Set = ["Arguments", "Condition", "Items", "Output"]

    init(_ json: JSON, at path: String, _ problems: ProblemList) {
        self.path = path
        self.problems = problems
        object = json.object ?? JSONObject()
        if json.object == nil {
            problems.all.append(Problem(path: path, message: "must be an object"))
        }
    }

    /// The JSON Pointer to a field of this object, or to something within it.
    func place(_ names: String...) -> String { JSONPointer.append(names, to: path) }

    func note(_ name: String, _ message: String, code: Problem.Code = .schema) {
        problems.all.append(
            Problem(code: code, path: place(name), message: "\(name) \(message)"))
    }

    /// Notes the fields nobody asked for. Call last.
    func finish() {
        for name in object.names where !known.contains(name) {
            note(
                name,
                Self.jsonataFields.contains(name)
                    ? "belongs to JSONata, which is not supported; use JSONPath's fields"
                    : "is not a field that is supported here")
        }
    }

    func has(_ name: String) -> Bool { object[name] != nil }

    /// The field as it is.
    mutating func json(_ name: String) -> JSON? {
        known.insert(name)
        return object[name]
    }

    /// The field, converted; notes that it must be `kind` when it cannot be.
    mutating func take<Value>(
        _ name: String, _ kind: String, _ convert: (JSON) -> Value?
    ) -> Value? {
        guard let json = json(name) else { return nil }
        let value = convert(json)
        if value == nil { note(name, "must be \(kind)") }
        return value
    }

    mutating func string(_ name: String) -> String? { take(name, "a string", \.string) }
    mutating func bool(_ name: String) -> Bool? { take(name, "a boolean", \.bool) }
    mutating func object(_ name: String) -> JSONObject? { take(name, "an object", \.object) }
    mutating func array(_ name: String) -> [JSON]? { take(name, "an array", \.array) }

    mutating func int(_ name: String, from low: Int = 0, to high: Int = .max) -> Int? {
        let range = high == .max ? "of at least \(low)" : "from \(low) to \(high)"
        return take(name, "an integer \(range)") { json in
            json.int.flatMap { (low...high).contains($0) ? $0 : nil }
        }
    }

    mutating func double(_ name: String, from low: Double, to high: Double) -> Double? {
        let range = high.isFinite ? "from \(low) to \(high)" : "of at least \(low)"
        return take(name, "a number \(range)") { json in
            json.double.flatMap { $0 >= low && $0 <= high ? $0 : nil }
        }
    }

    mutating func requiredString(_ name: String) -> String {
        if !has(name) { note(name, "is missing") }
        return string(name) ?? ""
    }

    mutating func requiredObject(_ name: String) -> JSONObject? {
        if !has(name) { note(name, "is missing") }
        return object(name)
    }

    mutating func path(_ name: String) -> JSONPath? {
        take(name, "a path in a string") { $0.string.map { JSONPath($0) } }
    }

    mutating func expression(_ name: String) -> Expression? {
        take(name, "a path or an intrinsic function in a string") {
            $0.string.map { Expression($0) }
        }
    }

    /// InputPath, OutputPath or ResultPath: absent, null or a path.
    mutating func payloadPath(_ name: String) -> PayloadPath {
        take(name, "a path in a string, or null") { json -> PayloadPath? in
            if json == .null { return .discard }
            return json.string.map { .at(JSONPath($0)) }
        } ?? .whole
    }

    mutating func template(_ name: String) -> PayloadTemplate? {
        json(name).map { PayloadTemplate($0) }
    }

    mutating func assign() -> PayloadTemplate? {
        take("Assign", "an object") { json in
            json.object == nil ? nil : PayloadTemplate(json)
        }
    }

    /// A field, or its value's place in the field of the same name with `Path` at its end.
    mutating func setting<Value>(
        _ name: String, literal: (inout FieldReader) -> Value?
    ) -> Setting<Value>? {
        let pathName = name + "Path"
        if has(name), has(pathName) { note(pathName, "cannot stand beside \(name)") }
        let value = literal(&self)
        let path = expression(pathName)
        return value.map { .value($0) } ?? path.map { .path($0) }
    }

    mutating func list<Element>(
        _ name: String, _ read: (JSON, String, ProblemList) -> Element
    ) -> [Element] {
        (array(name) ?? []).enumerated().map { index, json in
            read(json, place(name, String(index)), problems)
        }
    }

    mutating func strings(_ name: String) -> [String] {
        let strings = take(name, "an array of strings") { json -> [String]? in
            guard let elements = json.array else { return nil }
            let strings = elements.compactMap(\.string)
            return strings.count == elements.count ? strings : nil
        }
        return strings ?? []
    }

    /// Takes QueryLanguage; this module knows JSONPath only.
    mutating func checkQueryLanguage() {
        guard let language = string("QueryLanguage"), language != "JSONPath" else { return }
        note(
            "QueryLanguage",
            language == "JSONata"
                ? "JSONata is not supported; write the definition with JSONPath"
                : "must be JSONPath", code: .queryLanguage)
    }
}
