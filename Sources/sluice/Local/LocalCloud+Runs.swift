import Console
import Engine
import JSON
import Pipeline

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
        return try started(host.invokeAndWait(.local("arrive", restart)), fileSet)
    }

    /// Lets `arrive` take an event, and tells which execution the set has then.
    func arrive(_ event: JSON, _ fileSet: String) throws -> String {
        try started(host.deliver("arrive", event), fileSet)
    }

    private func started(_ result: LambdaResult, _ fileSet: String) throws -> String {
        switch result {
        case .success: return "\(fileSet)-\(try currentRun(of: fileSet))"
        case .functionError(let error):
            let type = error["errorType"]?.string ?? "an error"
            throw CommandError(
                .internalError, "arrive failed: \(type): \(error["errorMessage"]?.string ?? "")")
        case .serviceError(let error, let cause):
            throw CommandError(.unavailable, "arrive cannot run: \(error): \(cause)")
        }
    }
}
