import JSON
import StatesLanguage

// Lambda: <https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html>.
extension Integration {
    static let lambdaFields: [ParameterField] = [
        .required("FunctionName", .string), .optional("Payload"), .optional("LogType"),
        .optional("Qualifier"),
        ParameterField(
            name: "InvocationType", kind: .string, isRequired: false, onlyValue: "RequestResponse"),
    ]

    static func lambdaRequest(_ parameters: JSON) -> TaskRequest {
        .invoke(
            function: functionName(parameters["FunctionName"]?.string ?? ""),
            payload: parameters["Payload"] ?? [:])
    }

    /// The result AWS makes of a function's answer.
    func lambdaResult(of answer: JSON) -> JSON {
        guard case .lambdaInvoke = self else { return answer }
        return ["ExecutedVersion": "$LATEST", "Payload": answer, "StatusCode": 200]
    }

    /// The name in a function's ARN, partial ARN or name, without a version or alias.
    static func functionName(_ text: String) -> String {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if let at = parts.firstIndex(of: "function"), at + 1 < parts.count {
            return String(parts[at + 1])
        }
        return parts.first.map { String($0) } ?? text
    }
}
