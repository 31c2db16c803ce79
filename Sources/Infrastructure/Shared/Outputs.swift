import JSON
import Pipeline

extension Infrastructure {
    /// The outputs that name the jobs' state machines.
    public static let stateMachineOutputs = Jobs.all.map { JobStack($0).stateMachineOutput }

    /// What users, partners and readers of the results have to know.
    var outputs: [Output] {
        [
            Output(
                "DropBucketName", "Where files are dropped: sluice drop FILE… --to s3://NAME",
                Fn.ref("DropBucket"), isKept: true),
            Output(
                "WorkBucketName", "Where runs keep parts, rejects and summaries.",
                Fn.ref("WorkBucket"), isKept: true),
            Output(
                "ErrorsQueueURL",
                "Errors of jobs without a queue, and of files that no job takes.",
                Fn.ref("ErrorsQueue")),
            Output(
                "FileSetsTableName", "What is known of file sets.", Fn.ref("FileSetsTable"),
                isKept: true),
        ] + jobs.flatMap(\.outputs) + [
            Output(
                "KeyARN",
                "Who drops files or reads results needs kms:Decrypt and kms:GenerateDataKey on it.",
                Self.keyARN, isKept: true)
        ]
    }
}
