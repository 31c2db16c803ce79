import JSON
import StatesLanguage

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html>.
/// With the severity `ERROR`, the default, warnings are left out.
@Sendable func validateStateMachineDefinition(_ json: JSON, _: StoreReader.View) throws -> JSON {
    let request = Request(json)
    let text = try request.string("definition")
    let type = try request.choice("type", of: ["STANDARD", "EXPRESS"])
    let severity = try request.choice("severity", of: ["ERROR", "WARNING"])
    let limit = Limits.diagnostics
    let asked = try request.integer("maxResults", from: 0, to: limit) ?? 0
    let problems = definitionProblems(text, isExpress: type == "EXPRESS").filter {
        $0.severity == .error || severity == "WARNING"
    }
    let shown = problems.prefix(asked == 0 ? limit : asked)
    return [
        "result": .string(problems.contains { $0.severity == .error } ? "FAIL" : "OK"),
        "diagnostics": .array(
            shown.map {
                [
                    "severity": .string($0.severity.rawValue), "code": .string($0.code.rawValue),
                    "message": .string($0.message), "location": .string($0.path),
                ]
            }),
        "truncated": .bool(shown.count < problems.count),
    ]
}
