import JSON
import StatesLanguage

/// One of the Parameters that an integration takes.
struct ParameterField: Sendable {
    enum Kind: String, Sendable {
        case string = "STRING", object = "OBJECT", array = "ARRAY", any = "ANY"

        func accepts(_ value: JSON) -> Bool {
            switch self {
            case .string: value.string != nil
            case .object: value.object != nil
            case .array: value.array != nil
            case .any: true
            }
        }
    }

    let name: String
    let kind: Kind
    let isRequired: Bool
    /// The only value that means anything here; nil for any.
    var onlyValue: String?

    static func required(_ name: String, _ kind: Kind) -> ParameterField {
        ParameterField(name: name, kind: kind, isRequired: true)
    }

    static func optional(_ name: String, _ kind: Kind = .any) -> ParameterField {
        ParameterField(name: name, kind: kind, isRequired: false)
    }

    /// - Throws: `States.Runtime`, worded as Step Functions does, when a parameter is missing or of a
    ///   wrong type. A null counts as missing.
    static func check(
        _ parameters: JSON, _ fields: [ParameterField]
    ) throws(StatesError) {
        var problems: [String] = []
        for field in fields {
            switch parameters[field.name] {
            case nil, .null?:
                if field.isRequired {
                    problems.append("The field '\(field.name)' is required but was missing")
                }
            case let value?:
                if !field.kind.accepts(value) {
                    problems.append(
                        "The value for the field '\(field.name)' must be of the type "
                            + field.kind.rawValue)
                } else if let problem = field.problem(of: value) {
                    problems.append(problem)
                }
            }
        }
        guard problems.isEmpty else {
            throw StatesError(
                StatesError.Name.runtime,
                "The Parameters '\(parameters)' could not be used to start the Task: "
                    + "[\(problems.joined(separator: ", "))]")
        }
    }

    private func problem(of value: JSON?) -> String? {
        guard let onlyValue, let value, value.string != onlyValue else { return nil }
        return "The field '\(name)' must be \(onlyValue) for this engine"
    }

    /// What is wrong with the Parameters as a definition has them, before anything is put in.
    static func problems(of template: JSON, _ fields: [ParameterField]) -> [String] {
        guard let object = template.object else { return ["Parameters must be an object"] }
        let given = object.names.map { $0.hasSuffix(".$") ? String($0.dropLast(2)) : $0 }
        let missing = fields.filter { $0.isRequired && !given.contains($0.name) }
        let known = fields.map(\.name)
        return missing.map { "The field '\($0.name)' is required but was missing" }
            + given.filter { !known.contains($0) }.map {
                "The field '\($0)' is not supported by this engine; it knows "
                    + known.joined(separator: ", ")
            } + fields.compactMap { $0.problem(of: object[$0.name]) }
    }
}
