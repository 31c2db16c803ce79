/// What SendTaskSuccess and its sisters name a waiting task by.
struct TaskToken: Sendable, Hashable {
    /// The execution's row.
    let execution: Int
    /// A UUID.
    let nonce: String

    init(execution: Int, nonce: String) {
        self.execution = execution
        self.nonce = nonce
    }

    /// Nil when the text is no token of this engine's.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let execution = Int(parts[0], radix: 36), parts[1].utf8.count == 36
        else { return nil }
        self.init(execution: execution, nonce: String(parts[1]))
    }

    var text: String { String(execution, radix: 36) + "." + nonce }
}
