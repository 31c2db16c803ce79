import Glibc
import JSON
import MeantSets
import Pipeline
import System
import Testing

/// The jobs of one file in real processes, killed at random instants and started again.
///
/// `SLUICE_TEST_KILLS` sets how many kills the two jobs get in all, `SLUICE_TEST_SEED` repeats a test's
/// choices (which of them hits what is up to the machine).
@Suite(.serialized) struct JobKillTests {
    static let killsPerRun = 3

    @Test(arguments: [TableLoad.name, ThresholdFilter.name])
    func `killed at random instants, every run ends with exactly what the file says`(
        job: String
    ) throws {
        let kills = (environmentVariable("SLUICE_TEST_KILLS").flatMap { Int($0) } ?? 50) / 2
        let seed =
            environmentVariable("SLUICE_TEST_SEED").flatMap { UInt64($0) }
            ?? UInt64.random(in: 0..<1 << 32)
        let undisturbed = try KilledJob(job, seed: seed)
        let duration = min(try undisturbed.go(kills: 0, within: 0), KillTests.maximumNanoseconds)
        print("kills of \(job): seed \(seed), \(kills) over runs of \(duration / 1_000_000) ms")
        let runs = (kills + Self.killsPerRun - 1) / Self.killsPerRun
        let hits = Monitor(0)
        let failures = KillTests.inThreads(runs) { index in
            let run = try KilledJob(job, seed: seed &+ 1000 &+ UInt64(index))
            let count = min(Self.killsPerRun, kills - index * Self.killsPerRun)
            do { _ = try run.go(kills: count, within: duration) } catch {
                return "\(job), seed \(seed), run \(index): \(error); \(run.story)"
            }
            hits.withLock { $0 += count }
            return nil
        }
        for failure in failures { Issue.record("\(failure)") }
        if failures.isEmpty { #expect(hits.withLock { $0 } == kills) }
    }
}

/// One file, run by `sluice run` in a home of its own until that comes to its end.
private final class KilledJob {
    struct Failure: Error { var what: String }

    private let sluice: SluiceProcess
    private let job: String
    private let file: MeantReadings
    private let path: String
    private var random: SplitMix
    /// What was hit, and when.
    private(set) var story = ""

    init(_ job: String, seed: UInt64) throws {
        self.job = job
        random = SplitMix(seed: seed)
        file = MeantReadings(seed: seed, records: 60)
        sluice = try SluiceProcess()
        path = sluice.directory.path + "/readings.csv"
        try file.bytes.withUnsafeBytes { try FileSystem.replace(path, with: $0) }
    }

    /// - Returns: how long it took.
    func go(kills: Int, within nanoseconds: Int) throws -> Int {
        let begin = monotonicNanoseconds()
        let words = ["run", path, "--job", job, "--chunk-size", "256", "--workers", "2"]
        for _ in 0..<kills {
            let running = try sluice.start(words)
            // Not to wait for anything, but to hit it wherever it is.
            let pause = Int.random(in: 0...max(1, nanoseconds), using: &random)
            usleep(UInt32(pause / 1000))
            story += "\(pause / 1_000_000) ms, "
            running.process.send(signal: SIGKILL)
            try check(running.finish(), [0, 137])
        }
        try check(sluice.start(words).finish(), [0])
        let end = monotonicNanoseconds()
        try file.check(job, in: sluice)
        guard try sluice("messages", "--errors").output.isEmpty else {
            throw Failure(what: "error messages")
        }
        let statuses = try sluice("executions", "--json").json?.array?.map { $0["status"]?.string }
        guard statuses == ["SUCCEEDED"] else { throw Failure(what: "\(statuses ?? [])") }
        return end - begin
    }

    private func check(_ result: SluiceProcess.Result, _ codes: Set<Int32>) throws {
        guard codes.contains(result.code) else {
            throw Failure(what: "run ended with \(result.code): \(result.error)")
        }
    }
}
