import JSON
import Pipeline
import System
import Testing

extension JobTrial {
    static let customerMessages = JobTrial(
        job: CustomerMessages.self,
        asDeployed: {
            try CustomerMessagesTrial.everyArrivalOrder($0)
            try CustomerMessagesTrial.failingFile($0)
            try CustomerMessagesTrial.correctedFile($0)
        },
        withAllowedReject: CustomerMessagesTrial.allowedReject,
        otherParameters: ["KeepCustomersTable=true"],
        inOtherStack: CustomerMessagesTrial.tabsAndItems)
}

private enum CustomerMessagesTrial {
    static let job = CustomerMessages.self
    static let kinds = ["customers", "orders", "items"]
    static let queue = "MessagesQueueURL"

    /// The reference sample's messages, as `sluice run` makes them here.
    static func expectedMessages() throws -> Set<JSON> {
        let text = try text(of: "\(Place.samples)/expected/reference.jsonl")
        return Set(try text.split(separator: "\n").map { try JSON(parsing: String($0)) })
    }

    /// Six sets at once, each with its files in another order and every event once more.
    static func everyArrivalOrder(_ stack: DeployedStack) throws {
        let expected = try expectedMessages()
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
        // What stands before the file's name belongs to the set's.
        let sets = orders.map { order in "partner.order-" + order.map(String.init).joined() }
        func key(_ kind: String, _ set: String) -> String {
            "partner/\(kind)_\(set.dropFirst("partner.".count)).csv"
        }
        for place in 0..<3 {
            for (order, set) in zip(orders, sets) {
                let kind = kinds[order[place]]
                try stack.drop(
                    "\(Place.samples)/reference/\(kind)_20240105.csv", as: key(kind, set))
                try stack.repeatEvent(of: key(kind, set), in: set, kind, of: job)
            }
        }
        for set in sets {
            let end = try stack.waitForEnd(of: set, job)
            #expect(end["status"] == "SUCCEEDED", "\(set): \(end)")
        }
        for (order, set) in zip(orders, sets) {
            let kind = kinds[order[0]]
            try stack.repeatEvent(of: key(kind, set), in: set, kind, of: job)
        }
        let messages = try stack.receiveMessages(6 * expected.count, from: queue)
        #expect(messages.count == 6 * expected.count)
        #expect(Set(messages) == expected)
        for message in expected {
            #expect(messages.count { $0 == message } == 6, "\(message)")
        }
        // A file whose event comes again starts nothing.
        let names = sets.map { ExecutionName(fileSet: $0, run: 1).description }
        #expect(
            try stack.executions(of: job)
                == Dictionary(uniqueKeysWithValues: names.map { ($0, "SUCCEEDED") }))
        #expect(try stack.waitingMessages(in: queue) == 0)
    }

    static func failingFile(_ stack: DeployedStack) throws {
        for kind in kinds {
            try stack.drop(
                "\(Place.samples)/bad/not-a-number/\(kind)_20240105.csv", as: "\(kind)_bad.csv")
        }
        let end = try stack.waitForEnd(of: "bad", job)
        #expect(end["status"] == "FAILED")
        let messages = try stack.receiveMessages(1, from: queue)
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
    static func correctedFile(_ stack: DeployedStack) throws {
        try stack.drop(
            "\(Place.samples)/reference/items_20240105.csv", as: "items_bad.csv")
        let end = try stack.waitForEnd(of: "bad", run: 2, job)
        #expect(end["status"] == "SUCCEEDED", "\(end)")
        let messages = try stack.receiveMessages(1, from: queue)
        #expect(!messages.isEmpty)
        #expect(messages.allSatisfy { $0["type"] == "customer_message" })
        _ = try stack.receiveMessages(try stack.waitingMessages(in: queue), from: queue)
    }

    /// The parameter that was changed has come to the functions.
    static func allowedReject(_ stack: DeployedStack) throws {
        for kind in kinds {
            try stack.drop(
                "\(Place.samples)/bad/not-a-number/\(kind)_20240105.csv", as: "\(kind)_one.csv")
        }
        let end = try stack.waitForEnd(of: "one", job)
        #expect(end["status"] == "SUCCEEDED", "\(end)")
        #expect(try !stack.receiveMessages(1, from: queue).isEmpty)
    }

    /// Fields between tabs, a FIFO queue, and a table of customers.
    static func tabsAndItems(_ stack: DeployedStack) throws {
        #expect(try stack.output(queue).hasSuffix(".fifo"))
        let samples = "\(Place.samples)/reference"
        let directory = try TemporaryDirectory()
        for kind in kinds {
            let text = try text(of: "\(samples)/\(kind)_20240105.csv").replacing(",", with: "\t")
            let path = directory.path + "/" + kind
            try FileSystem.replace(path, with: text)
            try stack.drop(path, as: "\(kind)_tabs.csv")
        }
        let end = try stack.waitForEnd(of: "tabs", job)
        #expect(end["status"] == "SUCCEEDED", "\(end)")
        let expected = try expectedMessages()
        let messages = try stack.receiveMessages(expected.count, from: queue)
        #expect(messages.count == expected.count && Set(messages) == expected)
        let customers = try stack.items(of: "CustomersTableName", key: "customer_reference")
        #expect(customers.count == expected.count)
        for message in expected {
            let reference = message["customer_reference"]?.string ?? ""
            let item = try #require(customers[reference], "\(reference)")
            #expect(
                item["number_of_orders"]?["N"]?.string == message["number_of_orders"]?.number?.text)
        }
    }
}
