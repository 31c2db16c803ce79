import StatesLanguage

/// Step Functions' quotas that the engine enforces:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>.
enum Limits {
    /// Events of one Standard execution; the last one says that it failed for this.
    static let historyEvents = 25_000
    /// Events of one Express execution. AWS has no such limit but only the five minutes; here it ends
    /// a loop that waits for nothing before it keeps others waiting for long.
    static let expressHistoryEvents = 100_000
    /// UTF-8 bytes of an input, output or result.
    static let payloadBytes = Quota.payloadBytes
    /// Characters of the name of a state machine or an execution.
    static let nameCharacters = 80
    /// Unicode scalars of `error` and of `cause`.
    static let errorCharacters = 256, causeCharacters = 32_768
    /// The longest life of an Express execution.
    static let expressSeconds = 300.0
    /// Iterations of an inline Map at once.
    static let inlineConcurrency = 40
    /// Child executions of a Map Run at once when `MaxConcurrency` does not say: below AWS's
    /// 10,000, which on one machine would only be memory.
    static let childConcurrency = 1_000
    /// Bytes of the inputs of all children of a Map Run, which are in memory until it starts. AWS has
    /// no such limit.
    static let mapInputBytes = 1 << 30
    /// Executions running at once, Map Runs' children among them: below AWS's 1,000,000, which
    /// on one machine would only be memory.
    static let openExecutions = 100_000
    /// Executions that wait for one another, each in a `startExecution.sync`. AWS has no such limit;
    /// here it ends a state machine that starts itself without end.
    static let nestedExecutions = 100
    /// A failed execution can be redriven this long after it ended.
    static let redriveSeconds = 14.0 * 86_400
    /// Characters of an ARN in a request, of a Map Run's, of a page's token and of a task's.
    static let arnCharacters = 256, mapRunARNCharacters = 2_000
    static let tokenCharacters = 3_096, taskTokenCharacters = 2_048
    /// Tokens of redrives that are kept for each execution, and how long.
    static let redriveTokens = 10, redriveTokenSeconds = 15.0 * 60
    /// Diagnostics of one validation.
    static let diagnostics = 100
    /// Entries of one page of a list or a history.
    static let pageEntries = 1_000, defaultPageEntries = 100

    /// Tags, <https://docs.aws.amazon.com/step-functions/latest/apireference/API_TagResource.html>.
    static let tagsPerResource = 50
    static let tagKeyCharacters = 128
    static let tagValueCharacters = 256
}
