import Console
import Engine
import JSON
import Pipeline
import Stores
import System

extension LocalCloud {
    /// The number of the set's newest run, as `arrive` keeps it.
    func currentRun(of fileSet: String) throws -> Int {
        let found = try table(
            "GetItem",
            [
                "Key": [
                    "pk": ["S": JSON("\(CustomerMessages.name)#\(fileSet)")], "sk": ["S": "run"],
                ]
            ])
        guard let number = found["Item"]?["number"]?["N"]?.string.flatMap({ Int($0) }) else {
            throw CommandError(.internalError, "arrive has started no run of \(fileSet)")
        }
        return number
    }

    /// The set's newest execution, once `arrive` knows of all that have ended: a file that came too
    /// late for one has started the next by then.
    func newestExecution(of fileSet: String) throws -> String {
        settle()
        return "\(fileSet)-\(try currentRun(of: fileSet))"
    }

    /// Starts a new run of the files of an execution that has ended.
    /// - Returns: the new execution's name.
    func startAgain(_ name: String) throws -> String {
        let description = try engine.call(
            "DescribeExecution", ["executionArn": JSON(LocalFunctions.executionARN(name))])
        guard description["status"]?.string != "RUNNING" else {
            throw CommandError(.failure, "\(name) is running")
        }
        let text = description["input"]?.string ?? ""
        guard let fileSet = (try? JSON(parsing: text))?["fileSet"]?.string else {
            throw CommandError(.internalError, "\(name) is no run of a file set")
        }
        let restart: JSON = ["action": "restart", "fileSet": JSON(fileSet)]
        // Asked for by hand, so once: each delivery would start another run.
        try Self.check(host.invokeAndWait(.local("arrive", restart)))
        return "\(fileSet)-\(try currentRun(of: fileSet))"
    }

    /// Lets `arrive` take an event, and tells which execution the set has then.
    func arrive(_ event: JSON, _ fileSet: String) throws -> String {
        try tellArrive(event)
        return "\(fileSet)-\(try currentRun(of: fileSet))"
    }

    /// Delivers an event to `arrive`, up to three times.
    /// - Throws: ``CommandError`` that says why `arrive` could not take it.
    func tellArrive(_ event: JSON) throws {
        try Self.check(host.deliver("arrive", event))
    }

    private static func check(_ result: LambdaResult) throws {
        switch result {
        case .success: return
        case .functionError(let error):
            let type = error["errorType"]?.string ?? "an error"
            throw CommandError(
                .internalError, "arrive failed: \(type): \(error["errorMessage"]?.string ?? "")")
        case .serviceError(let error, let cause):
            throw CommandError(.unavailable, "arrive cannot run: \(error): \(cause)")
        case .notBegun: throw CommandError(.unavailable, "arrive cannot run: sluice is ending")
        }
    }

    /// What S3 would send when these objects were created now.
    static func createdEvent(_ objects: [ObjectReference]) -> JSON {
        S3Event.json(
            objects.map { object in
                // S3's sequencer orders the events of one key; so does the time.
                let time = WallClock().now().nanoseconds
                let digits = String(time, radix: 16, uppercase: true)
                let zeros = String(repeating: "0", count: max(0, 16 - digits.count))
                return S3Event.Record(object: object, sequencer: zeros + digits)
            })
    }
}
