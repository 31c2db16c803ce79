import System
import Testing

@testable import AWSClient

@Suite struct CredentialsCacheTests {
    private let start = Timestamp(rfc3339: "2026-01-05T10:00:00Z")!

    private func keys(_ id: String, goodFor seconds: Double?, at now: Timestamp) -> AWSCredentials {
        AWSCredentials(
            accessKeyID: id, secretAccessKey: "s", expiration: seconds.map { now + $0 })
    }

    @Test func `keys without an end are asked for once`() {
        var cache = CredentialsCache()
        let first = cache.step(at: start)
        let second = cache.step(at: start)
        #expect(first == .get && second == .wait)
        let fixed = keys("a", goodFor: nil, at: start)
        cache.took(.success(fixed), at: start)
        let later = cache.step(at: start + 1e6)
        #expect(later == .use(fixed))
    }

    @Test(arguments: [1.0, 59, 61, 299])
    func `keys that are good for a short time only are used as long as they are`(seconds: Double) {
        var cache = CredentialsCache()
        _ = cache.step(at: start)
        let short = keys("a", goodFor: seconds, at: start)
        cache.took(.success(short), at: start)
        let now = cache.step(at: start + 0.5)
        #expect(now == .use(short))
        let after = cache.step(at: start + max(seconds, CredentialsCache.pauseSeconds))
        #expect(after == .get)
    }

    @Test func `keys that come expired are an error, not a circle`() {
        var cache = CredentialsCache()
        _ = cache.step(at: start)
        cache.took(.success(keys("a", goodFor: -1, at: start)), at: start)
        guard case .fail(let error) = cache.step(at: start) else {
            Issue.record("they were used, or asked for again")
            return
        }
        #expect(error.code == "InvalidCredentials")
        let later = cache.step(at: start + CredentialsCache.pauseSeconds)
        #expect(later == .get)
    }

    @Test func `refused keys are replaced at once, by one`() {
        var cache = CredentialsCache()
        _ = cache.step(at: start)
        let old = keys("a", goodFor: 3600, at: start)
        cache.took(.success(old), at: start)
        cache.drop(keys("other", goodFor: 3600, at: start))
        let kept = cache.step(at: start)
        #expect(kept == .use(old))
        cache.drop(old)
        let first = cache.step(at: start)
        let second = cache.step(at: start)
        #expect(first == .get && second == .wait)
    }

    /// Whatever comes, one asks at a time, somebody asks when all wait, and nothing expired is used.
    @Test func `random sequences come to no standstill`() {
        let seed = UInt64.random(in: 0 ... .max)
        var state = seed
        func below(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        for _ in 0..<200 {
            var cache = CredentialsCache()
            var now = start
            var isAsking = false
            var last: AWSCredentials?
            for _ in 0..<200 {
                now = now + Double(below(120))
                if isAsking, below(3) == 0 {
                    let made = keys("k", goodFor: Double(below(900) - 60), at: now)
                    cache.took(
                        below(3) == 0 ? .failure(AWSError("E", "", "")) : .success(made), at: now)
                    isAsking = false
                }
                if below(20) == 0, let last { cache.drop(last) }
                switch cache.step(at: now) {
                case .get:
                    #expect(!isAsking, "seed \(seed)")
                    isAsking = true
                case .wait: #expect(isAsking, "seed \(seed)")
                case .use(let used):
                    #expect(used.expiration! > now, "seed \(seed)")
                    last = used
                case .fail: #expect(!isAsking, "seed \(seed)")
                }
            }
        }
    }
}
