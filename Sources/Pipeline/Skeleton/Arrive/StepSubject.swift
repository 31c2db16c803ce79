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
        if let detail = event["detail"], let name = detail["name"]?.string {
            let input = detail["input"]?.string.flatMap { try? JSON(parsing: $0) }
            var fields: JSONObject = ["execution": .string(shown(name))]
            fields["fileSet"] = (input?["fileSet"]?.string).map { .string(shown($0)) }
            return fields
        }
        let keys = ((try? S3Event.records(event)) ?? nil ?? []).map(\.object.key)
        let fileSets = Set(
            keys.flatMap { key -> [String] in
                guard case .taken(let arrivals) = Jobs.routing(of: key, OptionValues()) else {
                    return []
                }
                return arrivals.map(\.fileSet)
            })
        guard fileSets.count == 1, let fileSet = fileSets.first else { return [:] }
        return fields(fileSet, nil)
    }

    private static func fields(_ fileSet: String, _ run: Int?) -> JSONObject {
        var fields: JSONObject = ["fileSet": .string(shown(fileSet))]
        if let run {
            fields["execution"] = .string(
                ExecutionName(fileSet: fileSet, run: run).description)
        }
        return fields
    }

    /// No longer than a log line needs.
    private static func shown(_ text: String) -> String { String(text.prefix(200)) }
}
