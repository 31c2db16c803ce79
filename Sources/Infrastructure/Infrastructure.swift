import JSON
public import Pipeline

/// The AWS deployment of all jobs, as values. `sluice synth` writes it to `infra/template.json`.
///
/// One stack of it is one installation: a drop bucket, the six functions that all jobs share, and for
/// each job a ``JobStack``: its state machine with a role of its own, and the queues, tables and buckets
/// that it declares. Nothing here knows a job; all is a fold over their declarations.
///
/// Names of buckets start with the stack's, so that has lower-case letters, digits and hyphens only, at
/// most 30.
///
/// Not supported: cross-region replication, a KMS key from outside.
public struct Infrastructure: Sendable {
    /// The template of the jobs there are.
    public static let template = Infrastructure(of: Jobs.all).template

    let jobs: [JobStack]

    public init(of jobs: [any Job.Type]) { self.jobs = jobs.map(JobStack.init) }

    public var template: Template {
        Template(
            description: "Sluice: " + jobs.map { $0.job.name }.joined(separator: ", ")
                + ". CSV files dropped in a bucket, processed by jobs that can be rerun from the "
                + "step that failed.",
            parameters: parameters, mappings: Self.mappings, conditions: conditions,
            resources: resources, outputs: outputs)
    }

    private var resources: [Resource] {
        let functions = functions
        return Self.encryption + Self.buckets + Self.queues + [Self.fileSetsTable]
            + functions.flatMap(\.resources) + Self.permissions
            + jobs.flatMap(\.resources) + events + alarms + [dashboard]
    }

    /// Whether a stack may be called so. What CloudFormation names after a stack `S-table` would look like
    /// a table that stack `S` may load.
    public static func isStackName(_ name: String) -> Bool {
        1...maximumStackNameCharacters ~= name.utf8.count
            && name.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
            && !"\(name)-".contains("-table-")
            && (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(name.utf8.first ?? 0)
    }

    public static let maximumStackNameCharacters = 30
}
