/// A number that a step tells of an invocation: what CloudWatch can sum, plot and raise an alarm for.
public struct StepMetric: Sendable, Hashable {
    /// Units of CloudWatch,
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html>.
    public enum Unit: String, Sendable {
        case count = "Count"
        case bytes = "Bytes"
        case milliseconds = "Milliseconds"
    }

    public var name: String
    public var unit: Unit
    public var value: Int

    public init(_ name: String, _ value: Int, _ unit: Unit = .count) {
        (self.name, self.unit, self.value) = (name, unit, value)
    }

    /// Records of a chunk that were read, rejects among them.
    public static func records(_ count: Int) -> Self { Self("records", count) }
    /// Records of a chunk that were not taken.
    public static func rejects(_ count: Int) -> Self { Self("rejects", count) }
    /// Bytes of input that a chunk covers.
    public static func bytes(_ count: Int) -> Self { Self("bytes", count, .bytes) }
    /// Messages of the invocation's task that the queue has.
    public static func messages(_ count: Int) -> Self { Self("messages", count) }
    /// What the handler took.
    public static func duration(milliseconds: Int) -> Self {
        Self("duration", milliseconds, .milliseconds)
    }
}
