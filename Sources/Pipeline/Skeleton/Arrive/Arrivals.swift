import LambdaRuntime

/// A dropped file as one input of one set of a job.
public struct Arrival: Sendable {
    public var job: any Job.Type
    public var input: JobInput
    /// Names the set among those of the job; of a job of one file, the object's key.
    public var fileSet: String
}

/// What becomes of an object of the drop bucket.
public enum Routing: Sendable {
    /// It is part of these sets.
    case taken([Arrival])
    /// It belongs to the job, whose sets cannot be called so.
    case refused(any Job.Type, fileSet: String, reason: String)
    /// A CSV file that no job takes.
    case unrouted
    /// No CSV file at all; a folder, for instance.
    case ignored
}

extension Jobs {
    /// Which job takes an object: first the job whose folder it is in, then one by its name. `arrive` and
    /// the command line both ask here.
    /// - Parameters:
    ///   - key: the object's key, not URL-encoded.
    ///   - options: which folders belong to jobs.
    public static func routing(
        of key: String, _ options: OptionValues, among jobs: [any Job.Type] = all
    ) -> Routing {
        guard key.lowercased().hasSuffix(".csv") else { return .ignored }
        for job in jobs {
            guard let folder = folder(of: job, options), key.utf8.starts(with: (folder + "/").utf8),
                let input = job.inputs.first
            else { continue }
            return .taken([Arrival(job: job, input: input, fileSet: key)])
        }
        for job in jobs where job.intake == .names {
            guard let name = SetName(key: key, job.inputs) else { continue }
            if let reason = name.problem {
                return .refused(job, fileSet: name.fileSet, reason: reason)
            }
            return .taken([Arrival(job: job, input: name.input, fileSet: name.fileSet)])
        }
        return .unrouted
    }

    /// The folder of the drop bucket whose files the job takes, without slashes at its ends; nil for a
    /// job that goes by names.
    public static func folder(of job: any Job.Type, _ options: OptionValues) -> String? {
        guard case .folder(let folder) = job.intake else { return nil }
        let text = options[JobOption.folder(of: job.name, folder)]
        return text.split(separator: "/").joined(separator: "/")
    }

    /// What would have been taken, for people.
    static func intakeText(_ options: OptionValues, among jobs: [any Job.Type] = all) -> String {
        jobs.map { job in
            if let folder = folder(of: job, options) { return "any CSV file below \(folder)/" }
            return job.inputs.map { $0.fileName(ofSet: "SET") }.joined(separator: ", ")
        }.joined(separator: "; ")
    }
}

/// What the name of a file says that belongs to a set: `PREFIX_SET.csv`.
public struct SetName: Sendable, Hashable {
    public var input: JobInput
    /// SET; for a key with folders these come first, joined by dots: `partner/orders_7.csv` belongs to
    /// `partner.7`. A name without SET, `2024-01/orders.csv`, belongs to the set of its folder.
    public var fileSet: String

    /// Characters of a set's name at most.
    static let maximumCharacters = 70

    /// - Parameter key: the object's key, not URL-encoded.
    /// - Returns: nil when the name begins with no input's prefix.
    public init?(key: String, _ inputs: [JobInput]) {
        var folders = key.split(separator: "/", omittingEmptySubsequences: false)
        let name = folders.removeLast()
        guard name.lowercased().hasSuffix(".csv") else { return nil }
        let stem = name.dropLast(4)
        let underscore = stem.firstIndex(of: "_")
        let prefix = stem[..<(underscore ?? stem.endIndex)].lowercased()
        guard let input = inputs.first(where: { $0.prefixes.contains(prefix) }) else { return nil }
        if let underscore {
            folders.append(stem[stem.index(after: underscore)...])
        } else if folders.allSatisfy(\.isEmpty) {
            return nil
        }
        self.input = input
        fileSet = folders.joined(separator: ".")
        isNamed = underscore.map { stem.index(after: $0) != stem.endIndex } ?? true
    }

    /// Whether there is something behind the prefix's underscore.
    private var isNamed: Bool

    /// Why a set cannot be called so; nil when it can.
    public var problem: String? {
        let isAllowed = fileSet.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-_.+=@".utf8.contains(byte)
            }
        }
        guard isNamed, isAllowed, fileSet.utf8.count <= Self.maximumCharacters else {
            return "the name of the file set must be letters, digits and -_.+=@, at most "
                + "\(Self.maximumCharacters) characters"
        }
        return nil
    }
}
