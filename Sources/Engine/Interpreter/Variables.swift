import JSON
import StatesLanguage

// Variables: <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>.
extension ExecutionState {
    /// The sizes as JSON, in bytes, of variables that are about to be set.
    /// - Throws: `States.DataLimitExceeded` when all of the execution together would have more than
    ///   ``Quota/variablesBytes``.
    func sizes(
        setting assigned: JSONObject, in flowID: Int
    ) throws(Failure) -> [String: Int] {
        guard !assigned.isEmpty else { return [:] }
        let sizes = Dictionary(
            assigned.map { ($0.name, $0.value.serialized().utf8.count) }
        ) { first, _ in first }
        var bytes = sizes.values.reduce(0, +)
        for flow in flows.values {
            for (name, size) in flow.variableBytes where flow.id != flowID || sizes[name] == nil {
                bytes += size
            }
        }
        guard bytes > Quota.variablesBytes else { return sizes }
        throw Failure(
            error: StatesError.Name.dataLimitExceeded,
            cause: "The variables of the execution have \(bytes) bytes, more than "
                + "\(Quota.variablesBytes).")
    }
}
