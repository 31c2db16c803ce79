import LambdaRuntime
import Stores

extension StepError {

    static func damagedPart(_ part: ObjectReference, _ message: String) -> StepError {
        StepError(errorName: ErrorName.damagedPart, cause: "\(part.key): \(message)")
    }

    /// What was written by another version of Sluice.
    static func unknownFormat(_ part: ObjectReference, _ format: Int) -> StepError {
        StepError(
            errorName: ErrorName.unknownFormat,
            cause: "\(part.key): the part has format \(format), and this version of Sluice reads "
                + "format \(PartLayout.formatNumber). Another version began the run: let that one "
                + "finish it, or drop a file of the set once more, which begins a new run")
    }

    static func rowTooLarge(textBytes: Int) -> StepError {
        StepError(
            errorName: ErrorName.rowTooLarge,
            cause: "a record takes \(textBytes) bytes as it is kept between two steps, at most "
                + "\(PartLayout.maximumTextBytes) are allowed")
    }

    static func partTooLarge(dataBytes: Int) -> StepError {
        StepError(
            errorName: ErrorName.partTooLarge,
            cause: "the rows of a chunk take \(dataBytes) bytes as they are kept between two "
                + "steps, at most \(PartLayout.maximumDataBytes) are allowed; set a smaller chunk "
                + "size")
    }
}
