import AWSClient
import HTTP
import Infrastructure
import JSON
import Pipeline
import System

/// A stack in the emulator, made by `sluice deploy`, and what a user of it does.
struct DeployedStack {
    let name: String
    let emulator: Emulator
    let sluice: SluiceProcess
    private let client: AWSClient
    /// What deploy printed.
    private(set) var outputs: [String: String] = [:]

    init(_ name: String, in emulator: Emulator) throws {
        self.name = name
        self.emulator = emulator
        sluice = try SluiceProcess(executable: "/usr/bin/env")
        client = AWSClient(Emulator.configuration(endpoint: emulator.endpoint))
    }

    /// `sluice deploy NAME` with these flags.
    mutating func deploy(_ flags: String...) throws -> SluiceProcess.Result {
        try deploy(flags)
    }

    mutating func deploy(_ flags: [String]) throws -> SluiceProcess.Result {
        let environment = [
            "AWS_ENDPOINT_URL=\(emulator.endpoint)", "AWS_REGION=us-east-1",
            "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
        ]
        let result = try sluice.start(
            environment + [Place.executables + "/sluice", "deploy", name] + flags
        ).finish()
        for line in result.lines {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            if words.count == 2 { outputs[words[0]] = words[1] }
        }
        return result
    }

    func output(_ name: String) throws -> String {
        struct NoOutput: Error { var name: String }
        guard let value = outputs[name] else { throw NoOutput(name: name) }
        return value
    }

    /// Puts a file into the drop bucket.
    func drop(_ path: String, as key: String) throws {
        let bucket = try output("DropBucketName")
        _ = try FileSystem.contents(of: path).withUnsafeBytes {
            try S3(client).putObject(bucket: bucket, key: key, bytes: $0)
        }
    }

    /// An object that a job has written; nil when there is none.
    /// - Parameter output: the one that bears the bucket's name.
    func object(_ key: String, in output: String) throws -> [UInt8]? {
        let bucket = try self.output(output)
        do throws(AWSError) {
            return try client.send(S3(client).getObjectRequest(bucket: bucket, key: key)).body
        } catch {
            if error.code == "NoSuchKey" { return nil }
            throw error
        }
    }

    /// Delivers S3's event of a file once more, as S3 may.
    func repeatEvent(
        of key: String, in fileSet: String, _ kind: String, of job: any Job.Type
    ) throws {
        let item = try client.call(
            .dynamoDB, "GetItem",
            [
                "TableName": .string(try output("FileSetsTableName")), "ConsistentRead": true,
                "Key": [
                    "pk": ["S": .string("\(job.name)#\(fileSet)")],
                    "sk": ["S": .string(kind)],
                ],
            ])
        guard let text = item["Item"]?["file"]?["S"]?.string,
            let sequencer = item["Item"]?["sequencer"]?["S"]
        else { return }  // not known yet: then there is no event to repeat
        let file = try JSON(parsing: text)
        let event: JSON = [
            "Records": [
                [
                    "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
                    "s3": [
                        "bucket": ["name": file["bucket"] ?? .null],
                        "object": [
                            "key": .string(key), "size": file["size"] ?? .null,
                            "eTag": file["eTag"] ?? .null, "versionId": file["versionId"] ?? .null,
                            "sequencer": sequencer,
                        ],
                    ],
                ]
            ]
        ]
        try Lambda(client).invokeAsynchronously(function: "\(name)-arrive", event)
    }

    /// Updates the stack with what the emulator needs otherwise, and with nothing else:
    ///
    /// - It is spoken to without TLS: the statements that refuse plain HTTP go.
    /// - It has an action `sqs:SendMessageBatch`; for AWS that is `sqs:SendMessage`.
    func loosenForEmulator() throws {
        var template = Infrastructure.template.json.object ?? [:]
        var resources = template["Resources"]?.object ?? [:]
        for (id, resource) in resources {
            let loosened = Self.loosened(resource)
            let isEmpty = loosened["Properties"]?["PolicyDocument"]?["Statement"] == []
            resources[id] = isEmpty ? Optional<JSON>.none : loosened
        }
        template["Resources"] = .object(resources)
        let s3 = S3(client)
        _ = try Array(JSON.object(template).serialized().utf8).withUnsafeBytes {
            try s3.putObject(bucket: "code", key: "loosened.json", bytes: $0)
        }
        let cloudFormation = CloudFormation(client)
        _ = try cloudFormation.updateStack(
            name: name, templateURL: try s3.objectURL(bucket: "code", key: "loosened.json"),
            parameters: Infrastructure.template.parameters.map { ($0.name, nil) })
        // Each look is a request of its own, which takes its time: no sleep is needed.
        for _ in 0..<2_000 {
            let status = try cloudFormation.describeStack(name: name)?.status ?? ""
            if status == "UPDATE_COMPLETE" { return }
            if !status.hasSuffix("_IN_PROGRESS") { break }
        }
        struct NotUpdated: Error {
            var events: [CloudFormation.StackEvent]
            var log: String
        }
        throw NotUpdated(
            events: try cloudFormation.describeStackEvents(name: name, after: nil).suffix(5),
            log: String(emulator.log.suffix(5000)))
    }

    private static func loosened(_ json: JSON) -> JSON {
        switch json {
        case .array(let elements):
            if elements == ["sqs:SendMessage"] {
                return ["sqs:SendMessage", "sqs:SendMessageBatch"]
            }
            return .array(elements.filter { $0["Sid"] != "OnlyTLS" }.map(loosened))
        case .object(let members):
            return .object(JSONObject(members.map { ($0.name, loosened($0.value)) }))
        default: return json
        }
    }

    /// The ARN of a job's state machine.
    func stateMachine(of job: any Job.Type) throws -> String {
        let words = job.name.split(separator: "-")
        return try output(
            words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined() + "StateMachineARN")
    }

    /// The executions there are of a job, by name, with their status.
    func executions(of job: any Job.Type) throws -> [String: String] {
        let list = try StepFunctions(client).call(
            "ListExecutions", ["stateMachineArn": .string(try stateMachine(of: job))])
        var statuses: [String: String] = [:]
        for execution in list["executions"]?.array ?? [] {
            statuses[execution["name"]?.string ?? ""] = execution["status"]?.string
        }
        return statuses
    }

    /// Takes messages from the queue, and deletes them there, until there are so many, or none has come
    /// for a while.
    /// - Parameter queue: the output that bears the queue's URL.
    func receiveMessages(_ wanted: Int, from queue: String) throws -> [JSON] {
        let queue = JSON.string(try output(queue))
        var messages: [JSON] = []
        // Each look waits for up to five seconds at the queue itself.
        var emptyLooks = 0
        while messages.count < wanted, emptyLooks < 4 {
            let answer = try client.call(
                .sqs, "ReceiveMessage",
                ["QueueUrl": queue, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 5])
            let received = answer["Messages"]?.array ?? []
            emptyLooks = received.isEmpty ? emptyLooks + 1 : 0
            for message in received {
                messages.append(try JSON(parsing: message["Body"]?.string ?? ""))
                _ = try client.call(
                    .sqs, "DeleteMessage",
                    ["QueueUrl": queue, "ReceiptHandle": message["ReceiptHandle"] ?? .null])
            }
        }
        return messages
    }

    /// All items of a table that has few, by their keys.
    /// - Parameter table: the output that bears the table's name.
    func items(of table: String, key: String) throws -> [String: JSON] {
        let answer = try client.call(
            .dynamoDB, "Scan", ["TableName": .string(try output(table))])
        var items: [String: JSON] = [:]
        for item in answer["Items"]?.array ?? [] {
            items[item[key]?["S"]?.string ?? ""] = item
        }
        return items
    }

    /// How many messages are in the queue still, in flight or not.
    func waitingMessages(in queue: String) throws -> Int {
        let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        let answer = try client.call(
            .sqs, "GetQueueAttributes",
            [
                "QueueUrl": .string(try output(queue)),
                "AttributeNames": .array(names.map { .string($0) }),
            ])
        return names.reduce(0) {
            $0 + (answer["Attributes"]?[$1]?.string.flatMap { Int($0) } ?? 0)
        }
    }

    /// Waits until the first run of a set is there.
    func waitForStart(of fileSet: String, _ job: any Job.Type) throws {
        let name = ExecutionName(fileSet: fileSet, run: 1).description
        // Each look is a request of its own, which takes its time: no sleep is needed.
        for _ in 0..<5_000 {
            if try executions(of: job)[name] != nil { return }
        }
        struct NeverStarted: Error { var name: String }
        throw NeverStarted(name: name)
    }

    /// Waits until a run of a set has ended.
    func waitForEnd(of fileSet: String, run: Int = 1, _ job: any Job.Type) throws -> JSON {
        let name = ExecutionName(fileSet: fileSet, run: run).description
        let arn =
            try stateMachine(of: job).replacing(":stateMachine:", with: ":execution:")
            + ":\(name)"
        // Each look is a request of its own, which takes its time: no sleep is needed.
        for _ in 0..<5_000 {
            do throws(AWSError) {
                let found = try StepFunctions(client).describeExecution(executionARN: arn)
                if found["status"] != "RUNNING" { return found }
            } catch {
                if error.code != "ExecutionDoesNotExist" { throw error }
            }
        }
        struct NeverEnded: Error {
            var name: String
            var log: String
        }
        throw NeverEnded(name: name, log: String(emulator.log.suffix(5000)))
    }
}
