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
            without EXECUTION.
            """,
        flags: [
            Flag(name: "--errors", help: "only the error messages"),
            homeFlag,
        ],
        run: { arguments in
            let home = try Home(arguments)
            guard try FileStatus(of: home.path) != nil else {
                throw CommandError(.unavailable, "\(home.path): nothing has been run here yet")
            }
            let queue = LocalMessageQueue(directory: home.queue(CustomerMessages.name))
            let execution = arguments.operands.first
            var segments = try queue.segments()
            if let execution {
                let own = "\(CustomerMessages.name)/\(execution)/"
                segments.removeAll {
                    !$0.name.hasPrefix(own) && $0.name != "errors/\(execution).jsonl"
                }
                if segments.isEmpty {
                    throw CommandError(
                        .unavailable, "\(home.path): the queue has no messages of \(execution)")
                }
            }
            let isError = { (segment: LocalMessageQueue.Segment) in
                segment.name.hasPrefix("errors/") || segment.name == LocalMessageQueue.looseSegment
            }
            if arguments.has("--errors") { segments.removeAll { !isError($0) } }
            let ordered = segments.filter { !isError($0) } + segments.filter(isError)
            try MessageFiles.write(ordered.map(\.path), to: "-")
            return .success
        })
}
