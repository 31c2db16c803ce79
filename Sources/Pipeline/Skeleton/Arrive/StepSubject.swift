public import JSON
import Stores

/// Which file set and which execution an event is about, as far as it says so: what a log is searched
/// by.
public enum StepSubject {
    /// `fileSet` and `execution` (its name, `SET-RUN`); without what the event does not tell, or tells
    /// of several. Nothing else of the event gets in, the run's secret least of all.
    public static func fields(of event: JSON) -> JSONObject {
        if let fileSet = event["fileSet"]?.string {
            return fields(fileSet, event["run"]?.int)
        }
        // A chunk: customer-messages/SET-RUN/.
        if let prefix = event["prefix"]?.string, let run = prefix.split(separator: "/").last {
            return fields(execution: run)
        }
        if let name = event["detail"]?["name"]?.string { return fields(execution: name[...]) }
        let keys = ((try? S3Event.records(event)) ?? nil ?? []).map(\.object.key)
        let fileSets = Set(keys.compactMap { (try? FileName(key: $0))?.fileSet })
        guard fileSets.count == 1, let fileSet = fileSets.first else { return [:] }
        return fields(fileSet, nil)
    }

    private static func fields(_ fileSet: String, _ run: Int?) -> JSONObject {
        var fields: JSONObject = ["fileSet": .string(shown(fileSet[...]))]
        if let run { fields["execution"] = .string(shown("\(fileSet)-\(run)")) }
        return fields
    }

    private static func fields(execution name: Substring) -> JSONObject {
        let dash = name.lastIndex(of: "-") ?? name.endIndex
        return [
            "fileSet": .string(shown(name[..<dash])), "execution": .string(shown(name)),
        ]
    }

    /// No longer than an execution's name can be.
    private static func shown(_ text: Substring) -> String { String(text.prefix(80)) }
}
