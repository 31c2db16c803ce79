import JSON
import StatesLanguage

/// What a Task's resource stands for here. Others are refused when a state machine is created.
enum Integration: Sendable, Hashable {
    /// `arn:aws:lambda:…:function:NAME`: called with the payload itself; the answer is the result.
    case function(name: String)
    /// `arn:aws:states:::lambda:invoke`, with or without `.waitForTaskToken`.
    case lambdaInvoke(waitsForToken: Bool)

    init?(_ resource: Resource) {
        switch resource.target {
        case .function(let arn): self = .function(name: Self.functionName(arn))
        case .service("lambda", action: "invoke", .requestResponse):
            self = .lambdaInvoke(waitsForToken: false)
        case .service("lambda", action: "invoke", .waitForTaskToken):
            self = .lambdaInvoke(waitsForToken: true)
        default: return nil
        }
    }

    var waitsForToken: Bool { self == .lambdaInvoke(waitsForToken: true) }

    /// `resource` of the Task… events; nil for a function's ARN, which has events of its own.
    var eventResource: String? {
        switch self {
        case .function: nil
        case .lambdaInvoke(let waitsForToken): waitsForToken ? "invoke.waitForTaskToken" : "invoke"
        }
    }

    /// The function to invoke and what it is given.
    /// - Throws: `States.Runtime` when the parameters name no function.
    func call(_ parameters: JSON) throws(StatesError) -> (function: String, payload: JSON) {
        switch self {
        case .function(let name): return (name, parameters)
        case .lambdaInvoke:
            guard let name = parameters["FunctionName"]?.string, !name.isEmpty else {
                throw StatesError(
                    StatesError.Name.runtime,
                    "The Parameters '\(parameters)' could not be used to start the Task: "
                        + "[The field 'FunctionName' is required but was missing]")
            }
            return (Self.functionName(name), parameters["Payload"] ?? [:])
        }
    }

    /// The result AWS makes of a function's answer.
    func result(of answer: JSON) -> JSON {
        switch self {
        case .function: answer
        case .lambdaInvoke:
            ["ExecutedVersion": "$LATEST", "Payload": answer, "StatusCode": 200]
        }
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
