public import JSON
import LambdaRuntime

/// Closes what came before: folds the reports of a Map and writes the manifests of the next ones.
public struct Seal: Sendable {
    let environment: StepEnvironment

    public init(_ environment: StepEnvironment) { self.environment = environment }

    public func handle(_ event: JSON) throws -> JSON {
        let input = StepInput(json: event)
        switch try input.text("action") {
        case "file": return try SealFile(environment: environment).handle(input)
        case "fileSet": return try SealFileSet(environment: environment).handle(input)
        case "summary": return try Summarise(environment: environment).handle(input)
        case let other:
            throw StepError(errorName: ErrorName.badEvent, cause: "seal knows no action \(other)")
        }
    }
}
