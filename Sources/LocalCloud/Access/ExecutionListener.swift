package import JSON

/// Who is told of an execution's events while its end is waited for.
package struct ExecutionListener: Sendable {
    /// Given every event with the ARN of its execution, those of other executions too.
    package var event: @Sendable (_ executionARN: String, _ event: JSON) -> Void
    /// Told how many children of a Map Run have succeeded, where their own events are not to be had.
    /// Returns whether that is news.
    package var mapRun: @Sendable (_ mapRunARN: String, _ succeeded: Int) -> Bool

    package init(
        event: @escaping @Sendable (String, JSON) -> Void,
        mapRun: @escaping @Sendable (String, Int) -> Bool
    ) {
        self.event = event
        self.mapRun = mapRun
    }
}
