import AWSClient
import JSON
import Pipeline
import PythonEnvironment
import System
import Testing

/// The stack of `infra/template.json`, created by `sluice deploy` in MiniStack, whose CloudFormation,
/// S3, Step Functions, EventBridge, SQS and DynamoDB are independent of this project, and which runs the
/// static executables.
@Suite(.serialized)
struct DeploymentTests {
    static let executables = Place.repository + "/.build/static/release"

    /// Both are needed, and cannot be had everywhere.
    static func canDeploy() throws -> Bool {
        try FileStatus(of: executables + "/arrive") != nil
            && PythonEnvironment.interpreter(with: .ministack) != nil
    }

    @Test(.enabled("static executables and MiniStack are there") { try canDeploy() })
    func `a stack is created, does its jobs, is updated and deleted in an emulator`() throws {
        let emulator = try #require(try Emulator())
        var stack = try DeployedStack("sluice-test", in: emulator)
        let created = try stack.deploy(
            "--code-bucket", "code", "--executables", Self.executables, "--parameter",
            "AlarmEmail=a@example.com")
        try #require(created.code == 0, "\(created.error)")
        #expect(created.error.contains("made the bucket code"))
        #expect(created.error.contains("CREATE_COMPLETE"))

        let again = try stack.deploy("--executables", Self.executables)
        #expect(again.code == 0 && again.error.contains("nothing to update"), "\(again.error)")
        print(
            "LOOSENED BY THE TEST: policies refuse plain HTTP, which MiniStack is spoken to by; and it "
                + "knows sqs:SendMessageBatch, which is sqs:SendMessage on AWS."
        )
        #expect {
            try stack.waitingMessages(in: "ErrorsQueueURL")
        } throws: {
            ($0 as? AWSError)?.code == "AccessDenied"
        }
        try stack.loosenForEmulator()
        for trial in JobTrial.all { try trial.asDeployed(stack) }
        try unroutedFile(stack)
        #expect(emulator.gaps.refusals == [])
        print("SUPPLIED BY THE TEST, since MiniStack lacks it: \(emulator.gaps.counts)")

        let refused = try stack.deploy(
            "--executables", Self.executables, "--parameter", "QueueType=lifo")
        #expect(refused.code == 69 && refused.error.contains("QueueType"), "\(refused.error)")
        let updated = try stack.deploy(
            "--executables", Self.executables, "--parameter", "AllowedRejects=1")
        #expect(updated.code == 0 && updated.error.contains("UPDATE_COMPLETE"), "\(updated.error)")
        try stack.loosenForEmulator()
        for trial in JobTrial.all { try trial.withAllowedReject(stack) }
        try newCode(stack)

        try otherParameters(emulator)

        // A set that waits for a file does not hold the deletion up.
        try stack.drop("\(Place.samples)/reference/orders_20240105.csv", as: "orders_waits.csv")
        try stack.waitForStart(of: "waits", CustomerMessages.self)
        let deleted = try stack.deploy("--delete")
        #expect(deleted.code == 0, "\(deleted.error)")
        #expect(deleted.error.contains("stopping 1 running execution\n"), "\(deleted.error)")
        #expect(deleted.error.contains("  \(try stack.output("DropBucketName"))\n"))
        let gone = try stack.deploy("--delete")
        #expect(gone.code == 0 && gone.error == "there is no stack sluice-test\n")
    }

    /// A file that no job takes is told on the queue that belongs to none.
    private func unroutedFile(_ stack: DeployedStack) throws {
        try stack.drop("\(Place.samples)/reference/items_20240105.csv", as: "notes/of today.csv")
        let messages = try stack.receiveMessages(1, from: "ErrorsQueueURL")
        let message = try #require(messages.first)
        #expect(message["error"] == "Sluice.UnroutedFile")
        #expect(message["file_set"] == "notes/of today.csv")
        #expect(try stack.waitingMessages(in: "ErrorsQueueURL") == 0)
    }

    /// A second stack beside the first: FIFO queues, tabs, concurrency that is reserved, and what the
    /// jobs' trials ask for.
    private func otherParameters(_ emulator: Emulator) throws {
        var stack = try DeployedStack("sluice-fifo", in: emulator)
        let parameters =
            [
                "QueueType=fifo", "Delimiter=tab", "WorkerConcurrency=30", "ControlConcurrency=10",
                "MapConcurrency=10",
            ] + JobTrial.all.flatMap(\.otherParameters)
        let created = try stack.deploy(
            ["--code-bucket", "code", "--executables", Self.executables]
                + parameters.flatMap { ["--parameter", $0] })
        try #require(created.code == 0, "\(created.error)")
        // The first stack has brought the code.
        #expect(!created.error.contains("uploaded sluice/emit"))
        try stack.loosenForEmulator()
        for trial in JobTrial.all { try trial.inOtherStack(stack) }
        let deleted = try stack.deploy("--delete")
        #expect(deleted.code == 0, "\(deleted.error)")
    }

    /// Functions with other bytes are replaced, the others are left alone.
    private func newCode(_ stack: DeployedStack) throws {
        var stack = stack
        let directory = try TemporaryDirectory()
        for name in StepFunction.allCases.map(\.rawValue) {
            var bytes = try FileSystem.contents(of: "\(Self.executables)/\(name)")
            if name == "seal" { bytes.append(0) }
            try bytes.withUnsafeBytes {
                try FileSystem.replace("\(directory.path)/\(name)", with: $0)
            }
        }
        let result = try stack.deploy("--update-code", "--executables", directory.path)
        #expect(result.code == 0, "\(result.error)")
        #expect(result.error.contains("sluice-test-seal is updated\n"))
        #expect(!result.error.contains("sluice-test-emit"), "\(result.error)")
        let again = try stack.deploy("--update-code", "--executables", directory.path)
        #expect(
            again.code == 0 && again.error == "sluice-test has this code already\n",
            "\(again.error)")
        // CloudFormation sees no difference; the code is the wanted one all the same.
        let back = try stack.deploy("--executables", Self.executables)
        #expect(
            back.code == 0 && back.error.hasSuffix("sluice-test-seal is updated\n"),
            "\(back.error)")
    }
}
