/// What the cloud has to say while it works; whoever opens it decides where that is shown.
package enum Notice: Sendable {
    /// Something that was expected has happened.
    case news(String)
    /// Something could not be done; the work goes on without it.
    case problem(String)
}
