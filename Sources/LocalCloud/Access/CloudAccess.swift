package import Engine
package import JSON
package import LambdaHost
package import Pipeline
package import Stores
import System

/// All of a home's cloud: in this process, or in the sluice up that works in the home.
package protocol CloudAccess: ExecutionAccess {
    var objects: LocalObjectStore { get }

    /// A call of the table that `arrive` keeps its file sets in, without its name.
    func table(_ action: String, _ request: JSONObject) throws -> JSON

    /// Calls a function once and waits for its end.
    /// - Throws: ``CloudError`` that says why there is no answer.
    func invoke(_ function: String, _ payload: JSON) throws -> LambdaResult

    /// Has `arrive` told that these objects are in the drop bucket, and returns when it has taken it in.
    /// - Throws: ``CloudError`` when it does not.
    func announce(_ objects: [ObjectReference]) throws

    /// Waits until `arrive` has heard of the end of that execution.
    func settle(_ executionARN: String) throws

    /// The drills of this process that have had nothing to do.
    var idleDrills: [Drill] { get }

    /// Ends what this process has started.
    func shutdown()
}

extension CloudAccess {
    /// The number of the set's newest run, as `arrive` keeps it.
    package func currentRun(_ job: any Job.Type, of fileSet: String) throws -> Int {
        let found = try table(
            "GetItem",
            [
                "Key": [
                    "pk": ["S": JSON("\(job.name)#\(fileSet)")], "sk": ["S": "run"],
                ]
            ])
        guard let number = found["Item"]?["number"]?["N"]?.string.flatMap({ Int($0) }) else {
            throw CloudError(.internalError, "arrive has started no run of \(fileSet)")
        }
        return number
    }

    /// The ARN of the set's newest execution.
    package func newestExecution(_ job: any Job.Type, of fileSet: String) throws -> String {
        let name = ExecutionName(fileSet: fileSet, run: try currentRun(job, of: fileSet))
        return LocalFunctions.executionARN(job.name, name.description)
    }

    /// The same, once `arrive` knows that an execution has ended: a file that came too late for it has
    /// started the next by then.
    package func newestExecution(
        _ job: any Job.Type, of fileSet: String, after executionARN: String
    ) throws -> String {
        try settle(executionARN)
        return try newestExecution(job, of: fileSet)
    }

    /// Starts a new run of the files of an execution that has ended.
    /// - Returns: the new execution's ARN.
    package func startAgain(_ executionARN: String) throws -> String {
        let description = try call("DescribeExecution", ["executionArn": JSON(executionARN)])
        let name = description["name"]?.string ?? ""
        guard description["status"]?.string != "RUNNING" else {
            throw CloudError(.failure, "\(name) is running")
        }
        let text = description["input"]?.string ?? ""
        guard let fileSet = (try? JSON(parsing: text))?["fileSet"]?.string,
            let job = LocalFunctions.job(ofExecution: executionARN)
        else {
            throw CloudError(.internalError, "\(name) is no run of a file set")
        }
        // Asked for by hand, so once: each delivery would start another run.
        try check(
            try invoke(
                "arrive",
                [
                    "action": "restart", "job": JSON(job.name), "fileSet": JSON(fileSet),
                ]))
        return try newestExecution(job, of: fileSet)
    }

    /// Delivers an event to `arrive` as S3 and EventBridge do: a call that fails is made twice more
    /// (Lambda, asynchronous invocation), here at once.
    /// - Throws: ``CloudError`` that says why `arrive` could not take it.
    func tellArrive(_ event: JSON) throws {
        for _ in 0..<2 {
            if case .success = try invoke("arrive", event) { return }
        }
        try check(try invoke("arrive", event))
    }

    private func check(_ result: LambdaResult) throws {
        switch result {
        case .success: return
        case .functionError(let error):
            let type = error["errorType"]?.string ?? "an error"
            throw CloudError(
                .internalError, "arrive failed: \(type): \(error["errorMessage"]?.string ?? "")")
        case .serviceError(let error, let cause):
            throw CloudError(.unavailable, "arrive cannot run: \(error): \(cause)")
        case .notBegun: throw CloudError(.unavailable, "arrive cannot run: sluice is ending")
        }
    }
}

extension S3Event {
    /// What S3 would send when these objects were created now.
    static func created(_ objects: [ObjectReference]) -> JSON {
        json(
            objects.map { object in
                // S3's sequencer orders the events of one key; so does the time.
                let time = WallClock().now().nanoseconds
                let digits = String(time, radix: 16, uppercase: true)
                let zeros = String(repeating: "0", count: max(0, 16 - digits.count))
                return Record(object: object, sequencer: zeros + digits)
            })
    }
}
