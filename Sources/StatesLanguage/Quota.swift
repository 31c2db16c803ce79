/// Limits of the language and of Step Functions:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>.
public enum Quota {
    /// The longest timeout, heartbeat or wait, and the default timeout of a task.
    public static let timeoutSeconds = 99_999_999
    /// The most retries of a ``Retrier``.
    public static let maxAttempts = 99_999_999
    /// The longest wait between retries: a year less a second.
    public static let maxDelaySeconds = 31_622_399
    /// Characters of a state's name.
    public static let stateNameCharacters = 80
    /// Bytes of a definition.
    public static let definitionBytes = 1_048_576
    /// Bytes of a state's input, output or result as JSON.
    public static let payloadBytes = 262_144
    /// Bytes of all variables together, of one, and of one `Assign`'s values.
    public static let variablesBytes = 10_485_760, variableBytes = 262_144
    /// Characters of a variable's name.
    public static let variableNameCharacters = 80
    /// Characters of a distributed Map's label.
    public static let labelCharacters = 40
    /// Iterations of an inline Map that run at once, whatever its `MaxConcurrency`.
    public static let inlineMapConcurrency = 40
    /// Child executions of a distributed Map that run at once.
    public static let distributedMapConcurrency = 10_000
}
