/// How many requests are under way at a time, found by trying: half as many after each wave that a
/// service throttled, a few more after each that it did not.
///
/// A new table of DynamoDB takes 4,000 writes a second and more only after half an hour; many tasks that
/// all send what they can would keep each other from getting anything done.
struct InFlight: Sendable, Hashable {
    /// How many more after a wave without throttling.
    static let growth = 4
    /// Requests of a wave for each of those under way: enough that its end, where fewer are under way,
    /// matters little.
    static let wavesDepth = 16

    let maximum: Int
    private(set) var limit: Int

    init(maximum: Int) {
        self.maximum = max(1, maximum)
        limit = self.maximum
    }

    /// How many requests to hand over at a time.
    var waveRequests: Int { limit * Self.wavesDepth }

    mutating func waveEnded(isThrottled: Bool) {
        limit = isThrottled ? max(1, limit / 2) : min(maximum, limit + Self.growth)
    }
}
