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
        return try arrive(["action": "restart", "fileSet": JSON(fileSet)], fileSet)
    }

    /// Lets `arrive` take an event, and tells which execution the set has then.
    func arrive(_ event: JSON, _ fileSet: String) throws -> String {
        try tellArrive(event)
        return "\(fileSet)-\(try currentRun(of: fileSet))"
    }

    /// - Throws: ``CommandError`` that says why `arrive` could not take the event.
    func tellArrive(_ event: JSON) throws {
        switch host.invokeAndWait(.local("arrive", event)) {
        case .success: return
        case .functionError(let error):
            let type = error["errorType"]?.string ?? "an error"
            throw CommandError(
                .internalError, "arrive failed: \(type): \(error["errorMessage"]?.string ?? "")")
        case .serviceError(let error, let cause):
            throw CommandError(.unavailable, "arrive cannot run: \(error): \(cause)")
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
