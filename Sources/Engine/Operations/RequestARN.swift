import JSON

extension Request {
    /// An ARN of one of these types of resources, `stateMachine`, `execution`, `express`, `mapRun`.
    /// - Throws: `ValidationException` when it is missing, empty or too long; `InvalidArn`.
    func arn(_ name: String, of types: [String]) throws(ServiceError) -> String {
        let text = try string(name)
        try Self.checkARN(text, name, of: types)
        return text
    }

    /// - Throws: as ``arn(_:of:)``.
    static func checkARN(_ text: String, _ name: String, of types: [String]) throws(ServiceError) {
        let isMapRun = types.contains("mapRun")
        try checkLength(
            text, name, atMost: isMapRun ? Limits.mapRunARNCharacters : Limits.arnCharacters)
        guard !text.isEmpty else {
            throw ServiceError(
                "ValidationException",
                "1 validation error detected: Value at '\(name)' failed to satisfy constraint: "
                    + "Member must have length greater than or equal to 1")
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        func invalid(_ why: String) -> ServiceError {
            ServiceError("InvalidArn", "Invalid Arn: '\(why)'")
        }
        guard parts.count >= 6, parts[0] == "arn" else {
            throw invalid("Invalid ARN prefix: \(text)")
        }
        guard parts[2] == "states" else {
            throw invalid("Service not valid in this context: \(parts[2])")
        }
        guard types.contains(String(parts[5])) else {
            throw invalid("Resource type not valid in this context: \(parts[5])")
        }
        guard parts.count > 6, parts[6...].allSatisfy({ !$0.isEmpty }) else {
            throw invalid("Invalid ARN: \(text)")
        }
    }

    /// A state machine's ARN, which must not name a distributed Map within it.
    /// - Throws: as ``arn(_:of:)``; `ValidationException` for one that does.
    func unqualifiedMachineARN() throws(ServiceError) -> String {
        let text = try arn("stateMachineArn", of: ["stateMachine"])
        guard !text.contains("/") else {
            throw ServiceError(
                "ValidationException", "'\(text)' names a distributed Map, not a state machine")
        }
        return text
    }

    /// ARNs of executions: of Standard and of Express ones.
    static let executions = ["execution", "express"]
}
