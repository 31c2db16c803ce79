public import LambdaRuntime

/// The jobs there are. A line here registers one.
public enum Jobs {
    public static let all: [any Job.Type] = [
        CustomerMessages.self, TableLoad.self, ThresholdFilter.self,
    ]

    /// - Throws: ``StepError`` `Sluice.UnknownJob`, which lists the jobs.
    public static func named(
        _ name: String, among jobs: [any Job.Type] = all
    ) throws(StepError) -> any Job.Type {
        guard let job = jobs.first(where: { $0.name == name }) else {
            throw StepError(
                errorName: ErrorName.unknownJob,
                cause: "there is no job \(name); the jobs are "
                    + jobs.map { $0.name }.joined(separator: ", "))
        }
        return job
    }
}
