import JSON
import LocalCloud
import Pipeline
import Stores
import System

/// Where the result of a run of a home is, by what its job writes to.
enum RunResult {
    /// In a queue: files in the order of the messages.
    case messages(directory: String)
    case table(name: String, home: Home)
    /// A file in a bucket's directory.
    case object(path: String)

    /// - Parameter summary: of the run, whose `table` or `output` says where it wrote.
    init?(_ job: any Job.Type, _ home: Home, execution: String, _ summary: JSON?) {
        if let queue = job.messages {
            self = .messages(directory: "\(home.queue(queue.name))/\(job.name)/\(execution)")
        } else if let table = summary?["table"]?.string {
            self = .table(name: table, home: home)
        } else if let bucket = summary?["output"]?["bucket"]?.string,
            let key = summary?["output"]?["key"]?.string
        {
            self = .object(path: "\(home.buckets)/\(bucket)/\(key)")
        } else {
            return nil
        }
    }

    /// For people: `messages are in DIRECTORY`.
    var text: String {
        switch self {
        case .messages(let directory): "messages are in \(directory)"
        case .table(let name, let home):
            "the table is read with: sluice table \(name)\(home.flags)"
        case .object(let path): "the result is \(path)"
        }
    }

    /// For programs.
    var location: String {
        switch self {
        case .messages(let directory): directory
        case .table(let name, _): name
        case .object(let path): path
        }
    }

    /// Writes it to a file, which appears whole, or to standard output for `-`.
    func write(to target: String) throws {
        switch self {
        case .messages(let directory):
            try ResultFiles.write(ResultFiles.messages(in: directory), to: target)
        case .object(let path): try ResultFiles.place(path, at: target)
        case .table(let name, let home): try TableFile.export(name, of: home, to: target)
        }
    }
}
