public import JSON
import Stores

/// The step between two steps: looks at all that the one before left and decides what comes next.
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
            throw StepError(errorName: "Sluice.BadEvent", cause: "seal knows no action \(other)")
        }
    }
}
