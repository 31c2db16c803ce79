import JSON
import StatesLanguage

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html>
@Sendable func validateStateMachineDefinition(_ json: JSON, _: StoreReader.View) throws -> JSON {
    let problems = definitionProblems(try Request(json).string("definition"))
    return [
        "result": .string(problems.contains { $0.severity == .error } ? "FAIL" : "OK"),
        "diagnostics": .array(
            problems.map {
                [
                    "severity": .string($0.severity.rawValue), "code": .string($0.code.rawValue),
                    "message": .string($0.message), "location": .string($0.path),
                ]
            }),
        "truncated": false,
    ]
}
