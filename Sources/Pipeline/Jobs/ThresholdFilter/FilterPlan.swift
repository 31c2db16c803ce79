import JSON
import LambdaRuntime
import Stores

/// What a run of the filter was told, from validate on.
struct FilterPlan: Sendable {
    /// The column that is looked at, 0-based.
    var column: Int
    var threshold: Threshold
    /// Where the result goes, under the key of the dropped object.
    var destination: String

    /// - Throws: ``StepError`` `Sluice.MissingColumn`, `Sluice.DuplicateColumn`,
    ///   `Sluice.BadConfiguration` or `Sluice.BadDestination`.
    init(_ header: FileHeader, of run: Run) throws(StepError) {
        let options = run.environment.options
        let named = options[ThresholdFilter.column]
        if named.isEmpty {
            column = 0
        } else if let found = try header.column(named) {
            column = found
        } else {
            throw header.missing(named, wanted: named)
        }
        threshold = try Threshold(
            options[ThresholdFilter.threshold], options[ThresholdFilter.comparison])
        let chosen = options[ThresholdFilter.destination]
        destination =
            try chosen.isEmpty
            ? run.environment.resources.bucket(ThresholdFilter.bucket) : chosen
        if let reason = ThresholdFilter.problem(
            destination: destination, dropBucket: header.object.bucket,
            workBucket: run.environment.workBucket)
        {
            throw StepError(errorName: ErrorName.badDestination, cause: reason)
        }
    }

    var json: JSON {
        [
            "column": JSON(column), "threshold": .string(threshold.text),
            "operator": .string(threshold.comparison.rawValue),
            "destination": .string(destination),
        ]
    }
}

extension FilterPlan {
    init(_ plan: FilePlan) throws(StepError) {
        let input = StepInput(json: plan.columns)
        column = try input.integer("column")
        threshold = try Threshold(input.text("threshold"), input.text("operator"))
        destination = try input.text("destination")
    }
}
