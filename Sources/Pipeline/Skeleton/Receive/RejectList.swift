import JSON
import LambdaRuntime

/// The error of a file with more rejects than allowed.
struct RejectList {
    let file: String
    let total: Int
    /// Lines of the file that they cover.
    let totalLines: Int
    /// Lines that may be rejected.
    let allowed: Int
    /// The first of them, ``shownCount`` at most.
    let shown: [JSON]
    /// How many of them are in the list.
    let listed: Int
    /// Key of the object with the list.
    let list: String

    static let shownCount = 10

    var stepError: StepError {
        let lines = shown.map { reject in
            FilePlace(file: file, reject: reject).text
                + ": \(reject["reason"]?.string ?? ""): \(reject["message"]?.string ?? "")"
        }
        let first = FilePlace(file: file, reject: shown.first ?? .null)
        var details = first.details
        // Without the records themselves, which may be long.
        details["rejects"] = .array(
            shown.map { reject in
                guard case .object(var object) = reject else { return reject }
                object["raw"] = nil
                object["raw_base64"] = nil
                return .object(object)
            })
        details["total"] = JSON(total)
        details["lines"] = JSON(totalLines)
        var count = total == 1 ? "1 record was rejected" : "\(total) records were rejected"
        if totalLines != total { count += " with \(totalLines) lines" }
        return StepError(
            errorName: shown.first?["reason"]?.string ?? ErrorName.rejects,
            cause: "\(file): \(count), \(allowed) allowed: " + lines.joined(separator: "; ")
                + (total > shown.count ? "; and \(total - shown.count) more" : "")
                + "; \(listed == total ? "all" : "the first \(listed)") of them in \(list)",
            details: details,
            publicCause: "\(first.publicText): \(count), \(allowed) allowed; this is the first")
    }
}
