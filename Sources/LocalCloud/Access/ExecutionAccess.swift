import Engine
package import Inspection
package import JSON
import Pipeline

/// Where executions are started, looked at and followed: in this process, in a running sluice up, or in
/// Step Functions on AWS.
package protocol ExecutionAccess {
    /// An operation of the Step Functions API.
    /// - Throws: ``ServiceError`` as the API answers; ``CloudError`` when there is no answer.
    func call(_ action: String, _ request: JSON) throws -> JSON

    func executionARN(_ name: String) throws -> String

    /// The home that has the messages; nil when they are on SQS.
    var messageHome: Home? { get }

    /// What a command needs besides the execution's name to find it here again; empty when nothing.
    var flags: String { get }

    /// Waits until an execution has ended, and tells its events meanwhile, those before too.
    /// - Returns: its description.
    func waitForEnd(of executionARN: String, telling listener: ExecutionListener) throws -> JSON
}

extension ExecutionAccess {
    package var inspector: Inspector { Inspector { try call($0, $1) } }

    /// The ARN of the home's execution of that name, whichever job's it is; an ARN as it is. Names of two
    /// jobs do not meet: that of a file has a hash of its folder in it.
    func executionOfAnyJob(_ name: String) throws -> String {
        if name.hasPrefix("arn:") { return name }
        let arns = Jobs.all.map { LocalFunctions.executionARN($0.name, name) }
        for arn in arns {
            do {
                _ = try call("DescribeExecution", ["executionArn": JSON(arn)])
                return arn
            } catch let error as ServiceError where error.code == "ExecutionDoesNotExist" {}
        }
        return arns.first ?? name
    }
}
