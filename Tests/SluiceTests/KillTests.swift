import Glibc
import JSON
import MeantSets
import System
import Testing

/// The main job in real processes, killed at random instants and started again.
///
/// `SLUICE_TEST_KILLS` sets how many kills there are in all, `SLUICE_TEST_SEED` repeats a test's choices
/// (which of them hits what is up to the machine).
@Suite(.serialized) struct KillTests {
    /// Within a run no task loses more tries than its Retry has.
    static let killsPerRun = 3
    static let runsAtOnce = 3
    /// On a machine that is busy with other things runs take long; the test shall not.
    static let maximumNanoseconds = 2_000_000_000

    @Test func `killed at random instants, every run ends with exactly the expected messages`()
        throws
    {
        let kills = environmentVariable("SLUICE_TEST_KILLS").flatMap { Int($0) } ?? 50
        let seed =
            environmentVariable("SLUICE_TEST_SEED").flatMap { UInt64($0) }
            ?? UInt64.random(in: 0..<1 << 32)
        let runs = (kills + Self.killsPerRun - 1) / Self.killsPerRun
        // As many at a time as later, so that the durations are alike.
        let undisturbed = Monitor<[Int]>([])
        Self.inThreads(Self.runsAtOnce) { index in
            let run = try KilledRun(seed: seed &+ UInt64(index), isService: index % 2 == 0)
            let nanoseconds = try run.go(kills: 0, within: 0)
            undisturbed.withLock { $0.append(nanoseconds) }
            return nil
        }.forEach { Issue.record("\($0)") }
        // Of the shortest, so that few instants are after the end.
        let duration = min(
            try #require(undisturbed.withLock { $0.min() }), Self.maximumNanoseconds)
        print("kills: seed \(seed), \(kills) kills over runs of \(duration / 1_000_000) ms")
        let hits = Monitor<[String: Int]>([:])
        let failures = Self.inThreads(runs) { index in
            let run = try KilledRun(
                seed: seed &+ 1000 &+ UInt64(index), isService: index % 2 == 0)
            let count = min(Self.killsPerRun, kills - index * Self.killsPerRun)
            do {
                _ = try run.go(kills: count, within: duration)
            } catch {
                return "seed \(seed), run \(index): \(error); \(run.story)"
            }
            hits.withLock { hits in for hit in run.hits { hits[hit, default: 0] += 1 } }
            return nil
        }
        for failure in failures { Issue.record("\(failure)") }
        let counted = hits.withLock { $0 }
        print("kills: \(counted.sorted { $0.key < $1.key })")
        if failures.isEmpty { #expect(counted.values.reduce(0, +) == kills) }
    }

    /// Does a body for each index, some side by side.
    /// - Returns: what went wrong.
    static func inThreads(
        _ count: Int, _ body: @escaping @Sendable (Int) throws -> String?
    ) -> [String] {
        let state = Monitor<(next: Int, failures: [String])>((0, []))
        let threads = (0..<min(count, runsAtOnce)).map { _ in
            Thread {
                while let index = state.withLock({ state -> Int? in
                    guard state.next < count else { return nil }
                    state.next += 1
                    return state.next - 1
                }) {
                    do {
                        guard let failure = try body(index) else { continue }
                        state.withLock { $0.failures.append(failure) }
                    } catch {
                        state.withLock { $0.failures.append("run \(index): \(error)") }
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        return state.withLock { $0.failures }
    }
}

/// One file set, run by `sluice up` or by `sluice run`, in a home of its own.
private final class KilledRun {
    struct Failure: Error { var what: String }

    private let sluice: SluiceProcess
    private let isService: Bool
    private let set: MeantSet
    private var random: SplitMix
    /// Paths of the files that have not been dropped yet.
    private var files: [String] = []
    /// What was hit, and when.
    private(set) var hits: [String] = []
    private(set) var story = ""

    init(seed: UInt64, isService: Bool) throws {
        self.isService = isService
        random = SplitMix(seed: seed)
        sluice = try SluiceProcess()
        set = .random(seed: seed, records: 30)
        let directory = sluice.directory.path + "/set"
        try FileSystem.makeDirectory(directory)
        for (kind, bytes) in set.files(seed: seed) {
            let path = "\(directory)/\(kind)_7.csv"
            try bytes.withUnsafeBytes { try FileSystem.replace(path, with: $0) }
            files.append(path)
        }
        files.sort()
        files.shuffle(using: &random)
    }

    /// - Returns: how long it took.
    func go(kills: Int, within nanoseconds: Int) throws -> Int {
        let begin = monotonicNanoseconds()
        if isService { try serve(kills, nanoseconds) } else { try run(kills, nanoseconds) }
        let end = monotonicNanoseconds()
        let expected = set.expected().messages.sorted()
        let found = try sluice("messages", "7-1").lines.sorted()
        guard found == expected else {
            throw Failure(what: "\(found.count) messages, \(expected.count) expected")
        }
        guard try sluice("messages", "--errors").output.isEmpty else {
            throw Failure(what: "error messages")
        }
        let names = try sluice("executions", "--json").json?.array?.map { $0["name"]?.string }
        guard names == ["7-1"] else { throw Failure(what: "executions \(names ?? [])") }
        return end - begin
    }

    // MARK: sluice up

    private func serve(_ kills: Int, _ nanoseconds: Int) throws {
        var service = try start()
        for number in 0..<kills {
            // Some of the files come before this kill, some after it, the last ones to nobody.
            drop(Int.random(in: 0...files.count, using: &random))
            wait(nanoseconds)
            if number == kills - 1 { drop(files.count) }
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4 where killWorker(): break
            case 4..<5:
                note("SIGTERM")
                guard service.end(SIGTERM) == .exited(code: 0) else {
                    throw Failure(what: "it did not end at SIGTERM")
                }
                service = try start()
            default:
                note("SIGKILL")
                _ = service.end(SIGKILL)
                service = try start()
            }
        }
        drop(files.count)
        try waitForSuccess()
        guard service.end(SIGTERM) == .exited(code: 0) else {
            throw Failure(what: "it did not end at SIGTERM")
        }
    }

    private func start() throws -> Service {
        let service = try Service(sluice, "--chunk-size", "256", "--workers", "2")
        guard !service.endpoint.isEmpty else {
            throw Failure(what: "up: " + (try text(of: sluice.directory.path + "/up.err")))
        }
        return service
    }

    /// Renames files into the bucket, as other programs do.
    private func drop(_ count: Int) {
        let bucket = sluice.home + "/buckets/drop"
        try? FileSystem.makeDirectory(bucket)
        for path in files.prefix(count) {
            let name = path.split(separator: "/").last ?? ""
            try? FileSystem.rename(path, to: "\(bucket)/\(name)")
        }
        files.removeFirst(count)
    }

    private func waitForSuccess() throws {
        // Each look is a process of its own, which takes its time: no sleep is needed.
        for _ in 0..<600 {
            let result = try sluice("graph", "7-1", "--follow")
            if result.code == 0 { return }
            guard result.code == 69 else { throw Failure(what: result.output + result.error) }
        }
        throw Failure(what: "no execution: " + (try text(of: sluice.directory.path + "/up.err")))
    }

    // MARK: sluice run

    private func run(_ kills: Int, _ nanoseconds: Int) throws {
        let words =
            ["run", sluice.directory.path + "/set", "--chunk-size", "256", "--workers", "2"]
        for _ in 0..<kills {
            let running = try sluice.start(words)
            wait(nanoseconds)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4 where killWorker():
                // Goes on as if nothing had been.
                try check(running.finish(), [0])
            case 4..<5:
                note("SIGTERM")
                running.process.send(signal: SIGTERM)
                try check(running.finish(), [0, 130])
            default:
                note("SIGKILL")
                running.process.send(signal: SIGKILL)
                try check(running.finish(), [0, 137])
            }
        }
        try check(sluice.start(words).finish(), [0])
    }

    private func check(_ result: SluiceProcess.Result, _ codes: Set<Int32>) throws {
        guard codes.contains(result.code) else {
            throw Failure(what: "run ended with \(result.code): \(result.error)")
        }
    }

    // MARK: The kill

    /// Until the instant: not to wait for anything, but to hit it wherever it is.
    private func wait(_ nanoseconds: Int) {
        let pause = Int.random(in: 0...max(1, nanoseconds), using: &random)
        story += "\(pause / 1_000_000) ms "
        usleep(UInt32(pause / 1000))
    }

    /// - Returns: false when there is none.
    private func killWorker() -> Bool {
        let record = (try? text(of: sluice.home + "/workers")) ?? ""
        let living = record.split(separator: "\n").compactMap { Int32($0.prefix { $0 != " " }) }
            .filter { $0 > 1 && isAlive($0) }
        guard let worker = living.randomElement(using: &random) else { return false }
        kill(worker, SIGKILL)
        note("worker")
        return true
    }

    private func note(_ hit: String) {
        hits.append(hit)
        story += hit + ", "
    }
}
