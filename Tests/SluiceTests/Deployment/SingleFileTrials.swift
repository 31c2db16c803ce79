import JSON
import Pipeline
import System
import Testing

extension JobTrial {
    static let tableLoad = JobTrial(
        job: TableLoad.self,
        asDeployed: {
            try TableLoadTrial.goodFile($0)
            try TableLoadTrial.fileWithoutKey($0)
        },
        withAllowedReject: TableLoadTrial.allowedReject,
        otherParameters: ["TableLoadMode=replace"],
        inOtherStack: TableLoadTrial.tabs)

    static let thresholdFilter = JobTrial(
        job: ThresholdFilter.self,
        asDeployed: { try ThresholdFilterTrial.filter($0, "readings of today.csv", above: 4.7) },
        withAllowedReject: ThresholdFilterTrial.allowedReject,
        otherParameters: ["FilterThreshold=10"],
        inOtherStack: {
            try ThresholdFilterTrial.filter($0, "tabs.csv", above: 10, delimiter: "\t")
        })
}

private enum TableLoadTrial {
    static func items(_ stack: DeployedStack) throws -> [String: JSON] {
        try stack.items(of: "LoadedTableName", key: "customer_id")
    }

    static func run(_ text: String, _ name: String, _ stack: DeployedStack) throws -> JSON {
        let directory = try TemporaryDirectory()
        try FileSystem.replace(directory.path + "/file", with: text)
        try stack.drop(directory.path + "/file", as: "table-load/\(name)")
        return try stack.waitForEnd(of: "table-load/\(name)", TableLoad.self)
    }

    static func goodFile(_ stack: DeployedStack) throws {
        let end = try run(
            try text(of: "\(Place.samples)/sample-good.csv"), "good (1).csv", stack)
        #expect(end["status"] == "SUCCEEDED", "\(end)")
        let found = try items(stack)
        #expect(found.keys.sorted() == ["005", "5001", "5002", "5003", "5004"])
        #expect(found["5003"]?["notes"] == ["S": "moved\nforward address on file"])
        // Merged, by a run that was started later.
        let more = try run("customer_id,phone\n5003,555\n", "more.csv", stack)
        #expect(more["status"] == "SUCCEEDED", "\(more)")
        let item = try items(stack)["5003"]
        #expect(item?["phone"] == ["S": "555"] && item?["city"] == ["S": "Kochi"])
    }

    static func fileWithoutKey(_ stack: DeployedStack) throws {
        let end = try run(
            try text(of: "\(Place.samples)/sample-bad.csv"), "bad.csv", stack)
        #expect(end["status"] == "FAILED")
        let message = try #require(try stack.receiveMessages(1, from: "ErrorsQueueURL").first)
        #expect(message["error"] == "Sluice.MissingColumn")
        #expect(message["file_set"] == "table-load/bad.csv")
    }

    static func allowedReject(_ stack: DeployedStack) throws {
        let end = try run("customer_id,name\n,nobody\nr1,one\n", "one.csv", stack)
        #expect(end["status"] == "SUCCEEDED", "\(end)")
        #expect(try items(stack)["r1"]?["name"] == ["S": "one"])
    }

    /// Fields between tabs, and whole items replaced.
    static func tabs(_ stack: DeployedStack) throws {
        for (name, text) in [("1", "customer_id\ta\n1\tx,y\n"), ("2", "customer_id\tb\n1\tz\n")] {
            let end = try run(text, "\(name).csv", stack)
            #expect(end["status"] == "SUCCEEDED", "\(end)")
        }
        let item = try items(stack)["1"]
        #expect(item?["b"] == ["S": "z"] && item?["a"] == nil, "\(item ?? .null)")
    }
}

private enum ThresholdFilterTrial {
    static func run(_ text: String, _ name: String, _ stack: DeployedStack) throws -> [UInt8]? {
        let directory = try TemporaryDirectory()
        let key = "threshold-filter/\(name)"
        try FileSystem.replace(directory.path + "/file", with: text)
        try stack.drop(directory.path + "/file", as: key)
        let end = try stack.waitForEnd(of: key, ThresholdFilter.self)
        #expect(end["status"] == "SUCCEEDED", "\(end)")
        return try stack.object(key, in: "FilteredBucketName")
    }

    /// Records on both sides of the threshold, with the threshold itself.
    static func filter(
        _ stack: DeployedStack, _ name: String, above threshold: Double, delimiter: String = ","
    ) throws {
        let header = "reading\(delimiter)note\n"
        let below = "\(threshold)\(delimiter)a\n-5\(delimiter)b\nnone\(delimiter)c\n"
        let kept = "\(threshold + 1)\(delimiter)\"d\ne\"\r\n1e3\(delimiter)f"
        let found = try run(header + below + kept, name, stack)
        #expect(found == Array((header + kept).utf8))
    }

    static func allowedReject(_ stack: DeployedStack) throws {
        let found = try run("reading,note\n9,a,too many\n9,b\n", "one.csv", stack)
        #expect(found == Array("reading,note\n9,b\n".utf8))
    }
}
