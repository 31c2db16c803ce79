import JSON
import PythonEnvironment
import System
import Testing

/// Other people's Step Functions clients against a real `sluice up`.
struct ClientTests {
    let sluice: SluiceProcess
    init() throws { sluice = try SluiceProcess() }

    @Test func `boto3 has a whole session`() throws {
        let service = try Service(sluice)
        let run = try PythonEnvironment.run(
            Place.repository + "/Tests/clients/session.py", [service.endpoint],
            in: sluice.directory.path)
        if let run { #expect(run.ending == .exited(code: 0), "\(run.output)") }
        #expect(service.end() == .exited(code: 0))
    }

    @Test func `the AWS CLI has a whole session`() throws {
        guard let aws = try PythonEnvironment.aws() else { return }
        let service = try Service(sluice)
        let run = try PythonEnvironment.run(
            Place.repository + "/Tests/clients/awscli.py", [aws, service.endpoint],
            in: sluice.directory.path)
        #expect(run?.ending == .exited(code: 0), "\(run?.output ?? "")")
        #expect(service.end() == .exited(code: 0))
    }

    /// Recordings that an outcome cannot equal: they recorded what GetExecutionHistory answered,
    /// and have `ExecutionStarted` for a status.
    static let answers: Set = [
        "scenarios/test_base_scenarios.py::TestBaseScenarios::test_max_concurrency_path_negative",
        "test_sfn_api.py::TestSnfApi::test_get_execution_history_reversed"
            + "#get_execution_history_reverseOrder[True]",
    ]
    /// Recordings whose events within a Parallel were sorted, and its ParallelStateSucceeded left out.
    static let sorted: Set = [
        "assign/test_assign_base.py::TestAssignBase::test_base_parallel_cases[BASE_SCOPE_PARALLEL]",
        "scenarios/test_base_scenarios.py::TestBaseScenarios::test_parallel_state[PARALLEL_STATE]",
    ]

    /// With the scorer that comes with the recordings: a directory `shared/asl-cases` beside the
    /// package's.
    @Test func `what was recorded from AWS comes out the same over the protocol`() throws {
        let directory =
            Place.repository.split(separator: "/").dropLast().map { "/" + $0 }.joined()
            + "/shared/asl-cases"
        guard try FileStatus(of: directory + "/score.py") != nil else {
            print("RECORDED CASES ABSENT: \(directory) is not there, nothing is scored.")
            return
        }
        let service = try Service(sluice)
        let scores = sluice.directory.path + "/scores.json"
        let run = try PythonEnvironment.run(
            directory + "/score.py", [service.endpoint, scores], in: sluice.directory.path)
        #expect(service.end() == .exited(code: 0))
        guard let run else { return }
        print(run.output)
        let bytes = try #require(try? FileSystem.contents(of: scores), "\(run.output)")
        let list = try JSON(parsing: bytes).array ?? []
        #expect(list.count > 300)
        let recorded = try recordedEvents(directory + "/cases.json")
        for score in list {
            let id = score["id"]?.string ?? ""
            if Self.answers.contains(id) || Self.isOutdated(id) { continue }
            #expect(score["result"] == true, "\(score)")
            #expect(score["cause"] != false, "\(score)")
            if Self.sorted.contains(id) {
                let got = (score["got_events"]?.array ?? []).compactMap(\.string)
                let kept = got.filter { $0 != "ParallelStateSucceeded" }
                #expect(got.count == kept.count + 1)
                #expect(kept.sorted() == recorded[id]?.sorted())
            } else {
                #expect(score["events_exact"] != false, "\(score)")
            }
        }
    }

    /// A wait until a day in December 2094 was too long for Step Functions when it was recorded: more than
    /// 24,855 days. From November 2026 on it is not, and the execution waits.
    private static func isOutdated(_ id: String) -> Bool {
        id.hasSuffix("test_timestamp_too_far_in_future_boundary[24856]")
            && WallClock().now().seconds > 3_942_764_037 - 24_855 * 86_400
    }

    private func recordedEvents(_ path: String) throws -> [String: [String]] {
        let cases = try JSON(parsing: FileSystem.contents(of: path))["cases"]?.array ?? []
        let pairs = cases.map { entry in
            (
                entry["id"]?.string ?? "",
                entry["expected"]?["event_types"]?.array?.compactMap(\.string) ?? []
            )
        }
        return Dictionary(pairs) { first, _ in first }
    }
}
