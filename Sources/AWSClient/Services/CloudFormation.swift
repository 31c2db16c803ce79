import HTTP
import System

/// The operations of CloudFormation that make, change and remove one stack.
///
/// It speaks AWS's query protocol: a form in, XML out,
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html>.
public struct CloudFormation: Sendable {
    static let version = "2010-05-15"

    public let client: AWSClient

    public init(_ client: AWSClient = AWSClient()) { self.client = client }

    /// What a stack says of itself.
    public struct Stack: Sendable, Hashable {
        public var id = ""
        /// `UPDATE_COMPLETE`, say.
        public var status = ""
        /// Why it has that status; mostly empty.
        public var statusReason = ""
        public var parameters: [String: String] = [:]
        public var outputs: [String: String] = [:]
    }

    /// What has happened to a resource of a stack, or to the stack.
    public struct StackEvent: Sendable, Hashable {
        public var id = ""
        public var logicalID = ""
        public var physicalID = ""
        public var resourceType = ""
        public var status = ""
        /// Empty mostly; of a failure what went wrong.
        public var reason = ""

        public var isFailure: Bool { status.hasSuffix("_FAILED") }
    }

    /// A parameter's value; nil to keep the one it has.
    public typealias Parameters = [(name: String, value: String?)]

    /// Begins to create a stack.
    /// - Parameter templateURL: where the template is in S3.
    /// - Returns: the stack's id.
    public func createStack(
        name: String, templateURL: String, parameters: Parameters
    ) throws(AWSError) -> String {
        try begin("CreateStack", name: name, templateURL: templateURL, parameters: parameters)
    }

    /// Begins to update a stack.
    /// - Returns: the stack's id; nil when it is already as wanted.
    public func updateStack(
        name: String, templateURL: String, parameters: Parameters
    ) throws(AWSError) -> String? {
        do throws(AWSError) {
            return try begin(
                "UpdateStack", name: name, templateURL: templateURL, parameters: parameters)
        } catch {
            if error.code == "ValidationError",
                error.message.utf8.firstOccurrence(of: "No updates are to be".utf8) != nil
            {
                return nil
            }
            throw error
        }
    }

    /// Begins to delete a stack; one that is not there is no error.
    public func deleteStack(name: String) throws(AWSError) {
        _ = try send("DeleteStack", [("StackName", name)])
    }

    /// - Parameter name: the stack's name; its id also for one that has been deleted.
    /// - Returns: nil when there is no such stack.
    public func describeStack(name: String) throws(AWSError) -> Stack? {
        let answer: HTTPResponse
        do throws(AWSError) {
            answer = try send("DescribeStacks", [("StackName", name)])
        } catch {
            if error.code == "ValidationError",
                error.message.utf8.firstOccurrence(of: "does not exist".utf8) != nil
            {
                return nil
            }
            throw error
        }
        var stack = Stack()
        var pair = ("", "")
        try read(answer, "DescribeStacks", at: "Stacks") { path, text in
            switch path {
            case ["StackId"]: stack.id = text
            case ["StackStatus"]: stack.status = text
            case ["StackStatusReason"]: stack.statusReason = text
            case ["Parameters", "member", "ParameterKey"], ["Outputs", "member", "OutputKey"]:
                pair.0 = text
            case ["Parameters", "member", "ParameterValue"]: stack.parameters[pair.0] = text
            case ["Outputs", "member", "OutputValue"]: stack.outputs[pair.0] = text
            default: break
            }
        }
        return stack
    }

    /// The events of a stack behind the one of that id, the oldest first; all without one.
    public func describeStackEvents(
        name: String, after id: String?
    ) throws(AWSError) -> [StackEvent] {
        var events: [StackEvent] = []
        var token: String?
        repeat {
            let form = [("StackName", name)] + (token.map { [("NextToken", $0)] } ?? [])
            let answer = try send("DescribeStackEvents", form)
            try readEvents(answer, into: &events)
            if let known = events.firstIndex(where: { $0.id == id }) {
                return events[..<known].reversed()
            }
            token = nil
            _ = XMLPullParser.forEachLeaf(answer.body) { path, text in
                if path.last == "NextToken", !text.isEmpty { token = text }
            }
        } while token != nil
        return events.reversed()
    }

    private func readEvents(
        _ answer: HTTPResponse, into events: inout [StackEvent]
    ) throws(AWSError) {
        var list = events
        try read(
            answer, "DescribeStackEvents", at: "StackEvents",
            starting: { list.append(StackEvent()) },
            { path, text in
                let last = list.count - 1
                switch path {
                case ["EventId"]: list[last].id = text
                case ["LogicalResourceId"]: list[last].logicalID = text
                case ["PhysicalResourceId"]: list[last].physicalID = text
                case ["ResourceType"]: list[last].resourceType = text
                case ["ResourceStatus"]: list[last].status = text
                case ["ResourceStatusReason"]: list[last].reason = text
                default: break
                }
            })
        events = list
    }

    private func begin(
        _ operation: String, name: String, templateURL: String, parameters: Parameters
    ) throws(AWSError) -> String {
        var form = [
            ("StackName", name), ("TemplateURL", templateURL),
            ("Capabilities.member.1", "CAPABILITY_IAM"),
            // Sent again because the answer was lost, it is known to be the same request.
            ("ClientRequestToken", randomHexadecimal(bytes: 16)),
        ]
        for (index, parameter) in parameters.enumerated() {
            let prefix = "Parameters.member.\(index + 1)."
            form.append((prefix + "ParameterKey", parameter.name))
            if let value = parameter.value {
                form.append((prefix + "ParameterValue", value))
            } else {
                form.append((prefix + "UsePreviousValue", "true"))
            }
        }
        let answer = try send(operation, form)
        var id: String?
        _ = XMLPullParser.forEachLeaf(answer.body) { path, text in
            if path.last == "StackId" { id = text }
        }
        guard let id else { throw invalid(answer, operation) }
        return id
    }

    private func send(
        _ operation: String, _ form: [(String, String)]
    ) throws(AWSError) -> HTTPResponse {
        let fields = [("Action", operation), ("Version", Self.version)] + form
        let body = fields.map { "\($0.0)=\(uriEncoded($0.1.utf8))" }.joined(separator: "&")
        let request = HTTPRequest(
            "POST", try client.configuration.endpoint(.cloudFormation) + "/",
            headers: ["Content-Type": "application/x-www-form-urlencoded; charset=utf-8"],
            body: Array(body.utf8))
        return try client.send(AWSRequest(.cloudFormation, operation, HTTPTransfer(request)))
    }

    /// Visits the leaves of each member of a list, by their paths within it.
    private func read(
        _ answer: HTTPResponse, _ operation: String, at list: String,
        starting: () -> Void = {}, _ visit: ([String], String) -> Void
    ) throws(AWSError) {
        let prefix = ["\(operation)Response", "\(operation)Result", list, "member"]
        let isWhole = XMLPullParser.forEachLeaf(
            answer.body, starting: { if $0 == prefix { starting() } },
            { path, text in
                if path.starts(with: prefix) { visit(Array(path.dropFirst(prefix.count)), text) }
            })
        if !isWhole { throw invalid(answer, operation) }
    }

    private func invalid(_ answer: HTTPResponse, _ operation: String) -> AWSError {
        AWSError(
            "InvalidAnswer", "the answer cannot be read", "CloudFormation \(operation)",
            httpStatus: answer.status, requestID: answer.awsRequestID)
    }
}
