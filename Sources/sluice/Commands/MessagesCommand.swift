import LocalCloud
import JSON
import Pipeline
import Stores
import System

extension Command {
    static let messages = Command(
        name: "messages", operands: "[EXECUTION]", operandCount: 0...1,
        summary: "print the messages in the queue",
        discussion: """
            One JSON text a line. Of one execution its messages in their order, then its errors; of all
            without EXECUTION. With --follow also those that come, until ^C.

            With --queue from SQS, in the order in which it gives them. They stay there, hidden from others
            while this command runs, \(QueueReader.visibilitySeconds) s each at most, and are given back at its end; but SQS counts
            every look, and moves a message to the dead-letter queue when it was looked at as often as the
            queue's redrive policy allows. With --delete each is deleted once it is printed.
            """,
        flags: [
            Flag(name: "--errors", help: "only the error messages"),
            Flag(name: "--follow", help: "go on with those that come"), homeFlag,
            Flag(name: "--queue", value: "URL", help: "from this queue of SQS instead"),
            Flag(name: "--delete", help: "with --queue: delete what was printed"),
        ],
        run: { arguments in
            if arguments.has("--queue") { return try messagesOfSQS(arguments) }
            if arguments.has("--delete") {
                throw CommandError.usage("--delete is for --queue; a home keeps its messages")
            }
            let home = try Home(arguments)
            guard try FileStatus(of: home.path) != nil else {
                throw CommandError(.unavailable, "\(home.path): nothing has been run here yet")
            }
            let queues = (Jobs.all.compactMap { $0.messages?.name } + [LocalFunctions.errorsQueue])
                .map { LocalMessageQueue(directory: home.queue($0)) }
            let selection = MessageSelection(
                execution: arguments.operands.first, onlyErrors: arguments.has("--errors"))
            if arguments.has("--follow") {
                try MessageFollowing(queues: queues, selection: selection).run()
                return .success
            }
            let segments = try queues.withSegments()
            if let execution = selection.execution,
                !segments.contains(where: { selection.isOfExecution($0.segment) })
            {
                throw CommandError(
                    .unavailable, "\(home.path): the queue has no messages of \(execution)")
            }
            try ResultFiles.write(selection.ordered(segments).map(\.segment.path), to: "-")
            return .success
        })

    private static func messagesOfSQS(_ arguments: Arguments) throws -> ExitCode {
        guard !arguments.has("--home") else {
            throw CommandError.usage("--home is of this machine; it does not go with --queue")
        }
        if let execution = arguments.operands.first {
            throw CommandError.usage(
                "\(execution): SQS does not keep the messages apart by execution; leave it out")
        }
        let reader = try QueueReader(
            queueURL: arguments.value("--queue") ?? "", deletes: arguments.has("--delete"),
            onlyErrors: arguments.has("--errors"))
        try reader.run(follows: arguments.has("--follow"))
        return .success
    }
}

/// Which messages of a local queue are meant.
struct MessageSelection {
    var execution: String?
    var onlyErrors: Bool

    func isOfExecution(_ segment: LocalMessageQueue.Segment) -> Bool {
        guard let execution else { return true }
        return Jobs.all.contains { segment.name.hasPrefix("\($0.name)/\(execution)/") }
            || segment.name == "errors/\(execution).jsonl"
    }

    /// Those meant, errors last.
    func ordered(_ segments: [QueueSegment]) -> [QueueSegment] {
        let meant = segments.filter {
            isOfExecution($0.segment) && (!onlyErrors || isError($0.segment))
        }
        return meant.filter { !isError($0.segment) } + meant.filter { isError($0.segment) }
    }

    private func isError(_ segment: LocalMessageQueue.Segment) -> Bool {
        segment.name.hasPrefix("errors/") || segment.name == LocalMessageQueue.looseSegment
    }
}

typealias QueueSegment = (queue: LocalMessageQueue, segment: LocalMessageQueue.Segment)

extension [LocalMessageQueue] {
    /// What all of them hold, one after the other.
    func withSegments() throws(StoreError) -> [QueueSegment] {
        var segments: [QueueSegment] = []
        for queue in self { segments += try queue.segments().map { (queue, $0) } }
        return segments
    }
}
