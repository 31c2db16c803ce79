import AWSClient
import JSON
import System
import Testing

/// The stack of `infra/template.json`, created by `sluice deploy` in MiniStack, whose CloudFormation,
/// S3, Step Functions, EventBridge, SQS and DynamoDB are nobody's of this project, and which runs the
/// static executables.
@Suite(.serialized)
struct DeploymentTests {
    static let executables = Place.repository + "/.build/static/release"
    static let kinds = ["customers", "orders", "items"]

    /// The reference sample's messages, as `sluice run` makes them here.
    static func expectedMessages() throws -> Set<JSON> {
        let text = try text(of: "\(Place.samples)/expected/reference.jsonl")
        return Set(try text.split(separator: "\n").map { try JSON(parsing: String($0)) })
    }

    @Test func `a stack is created, does the job, is updated and deleted in an emulator`() throws {
        guard try FileStatus(of: Self.executables + "/arrive") != nil else {
            print("DEPLOYMENT TEST SKIPPED: no static executables: run 'make static' first.")
            return
        }
        guard let emulator = try Emulator() else { return }
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
            try stack.waitingMessages()
        } throws: {
            ($0 as? AWSError)?.code == "AccessDenied"
        }
        try stack.loosenForEmulator()
        try everyArrivalOrder(stack)
        try failingFile(stack)
        try correctedFile(stack)
        #expect(emulator.gaps.refusals == [])
        print("SUPPLIED BY THE TEST, since MiniStack lacks it: \(emulator.gaps.counts)")

        let refused = try stack.deploy(
            "--executables", Self.executables, "--parameter", "QueueType=lifo")
        #expect(refused.code == 69 && refused.error.contains("QueueType"), "\(refused.error)")
        let updated = try stack.deploy(
            "--executables", Self.executables, "--parameter", "AllowedRejects=1")
        #expect(updated.code == 0 && updated.error.contains("UPDATE_COMPLETE"), "\(updated.error)")
        try stack.loosenForEmulator()
        try allowedReject(stack)
        try newCode(stack)

        try otherParameters(emulator)

        let deleted = try stack.deploy("--delete")
        #expect(deleted.code == 0, "\(deleted.error)")
        #expect(deleted.error.contains("  \(try stack.output("DropBucketName"))\n"))
        let gone = try stack.deploy("--delete")
        #expect(gone.code == 0 && gone.error == "there is no stack sluice-test\n")
    }

    /// Six sets at once, each with its files in another order and every event once more.
    private func everyArrivalOrder(_ stack: DeployedStack) throws {
        let expected = try Self.expectedMessages()
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
        // What stands before the file's name belongs to the set's.
        let sets = orders.map { order in "partner.order-" + order.map(String.init).joined() }
        func key(_ kind: String, _ set: String) -> String {
            "partner/\(kind)_\(set.dropFirst("partner.".count)).csv"
        }
        for place in 0..<3 {
            for (order, set) in zip(orders, sets) {
                let kind = Self.kinds[order[place]]
                try stack.drop(
                    "\(Place.samples)/reference/\(kind)_20240105.csv", as: key(kind, set))
                try stack.repeatEvent(of: key(kind, set), in: set, kind)
            }
        }
        for set in sets {
            let end = try stack.waitForEnd(of: "\(set)-1")
            #expect(end["status"] == "SUCCEEDED", "\(set): \(end)")
        }
        for (order, set) in zip(orders, sets) {
            let kind = Self.kinds[order[0]]
            try stack.repeatEvent(of: key(kind, set), in: set, kind)
        }
        let messages = try stack.receiveMessages(6 * expected.count)
        #expect(messages.count == 6 * expected.count)
        #expect(Set(messages) == expected)
        for message in expected {
            #expect(messages.count { $0 == message } == 6, "\(message)")
        }
        // A file whose event comes again starts nothing.
        #expect(
            try stack.executions()
                == Dictionary(uniqueKeysWithValues: sets.map { ("\($0)-1", "SUCCEEDED") }))
        #expect(try stack.waitingMessages() == 0)
    }

    private func failingFile(_ stack: DeployedStack) throws {
        for kind in Self.kinds {
            try stack.drop(
                "\(Place.samples)/bad/not-a-number/\(kind)_20240105.csv", as: "\(kind)_bad.csv")
        }
        let end = try stack.waitForEnd(of: "bad-1")
        #expect(end["status"] == "FAILED")
        let messages = try stack.receiveMessages(1)
        let message = try #require(messages.first)
        #expect(message["type"] == "error_message")
        #expect(message["file_set"] == "bad")
        #expect(message["error"] == "Sluice.NotANumber")
        #expect(message["execution"] == end["executionArn"])
        let text = message["message"]?.string ?? ""
        #expect(text.hasPrefix("items_bad.csv: 1 record was rejected, 0 allowed"), "\(text)")
        #expect(
            message.object?.names == ["type", "file_set", "error", "message", "execution"])
    }

    /// The set's next run takes the corrected file, and the others as they are.
    private func correctedFile(_ stack: DeployedStack) throws {
        try stack.drop(
            "\(Place.samples)/reference/items_20240105.csv", as: "items_bad.csv")
        let end = try stack.waitForEnd(of: "bad-2")
        #expect(end["status"] == "SUCCEEDED", "\(end)")
        let messages = try stack.receiveMessages(1)
        #expect(!messages.isEmpty)
        #expect(messages.allSatisfy { $0["type"] == "customer_message" })
        _ = try stack.receiveMessages(try stack.waitingMessages())
    }

    /// The parameter that was changed has come to the functions.
    private func allowedReject(_ stack: DeployedStack) throws {
        for kind in Self.kinds {
            try stack.drop(
                "\(Place.samples)/bad/not-a-number/\(kind)_20240105.csv", as: "\(kind)_one.csv")
        }
        let end = try stack.waitForEnd(of: "one-1")
        #expect(end["status"] == "SUCCEEDED", "\(end)")
        #expect(try !stack.receiveMessages(1).isEmpty)
    }

    /// A second stack beside the first: a FIFO queue, a table of customers, nothing reserved.
    private func otherParameters(_ emulator: Emulator) throws {
        var stack = try DeployedStack("sluice-fifo", in: emulator)
        let created = try stack.deploy(
            "--code-bucket", "code", "--executables", Self.executables, "--parameter",
            "QueueType=fifo", "--parameter", "KeepCustomersTable=true", "--parameter",
            "WorkerConcurrency=0", "--parameter", "ControlConcurrency=0", "--parameter",
            "Delimiter=tab")
        try #require(created.code == 0, "\(created.error)")
        // The first stack has brought the code.
        #expect(!created.error.contains("uploaded sluice/emit"))
        #expect(try stack.output("QueueURL").hasSuffix(".fifo"))
        #expect(try !stack.output("CustomersTableName").isEmpty)
        try stack.loosenForEmulator()
        let samples = "\(Place.samples)/reference"
        let directory = try TemporaryDirectory()
        for kind in Self.kinds {
            let text = try text(of: "\(samples)/\(kind)_20240105.csv").replacing(",", with: "\t")
            let path = directory.path + "/" + kind
            try FileSystem.replace(path, with: text)
            try stack.drop(path, as: "\(kind)_tabs.csv")
        }
        let end = try stack.waitForEnd(of: "tabs-1")
        #expect(end["status"] == "SUCCEEDED", "\(end)")
        let expected = try Self.expectedMessages()
        let messages = try stack.receiveMessages(expected.count)
        #expect(messages.count == expected.count && Set(messages) == expected)
        let customers = try stack.customers()
        #expect(customers.count == expected.count)
        for message in expected {
            let reference = message["customer_reference"]?.string ?? ""
            let item = try #require(customers[reference], "\(reference)")
            #expect(
                item["number_of_orders"]?["N"]?.string == message["number_of_orders"]?.number?.text)
        }
        let deleted = try stack.deploy("--delete")
        #expect(deleted.code == 0, "\(deleted.error)")
    }

    /// Functions with other bytes are replaced, the others are left alone.
    private func newCode(_ stack: DeployedStack) throws {
        var stack = stack
        let directory = try TemporaryDirectory()
        for name in ["arrive", "validate", "parse-chunk", "seal", "aggregate", "emit"] {
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
