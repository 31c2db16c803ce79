import JSON

extension Infrastructure {
    /// What users, partners and readers of the messages have to know.
    static let outputs = [
        Output(
            "DropBucketName", "Where file sets are dropped: sluice drop FILE… --to s3://NAME",
            Fn.ref("DropBucket")),
        Output(
            "WorkBucketName", "Where runs keep parts, rejects and summaries.", Fn.ref("WorkBucket")),
        Output("QueueURL", "Where the messages are.", Fn.ref("MessagesQueue")),
        Output(
            "QueueARN", "The same queue, for the policies of its readers.",
            Fn.getAtt("MessagesQueue", "Arn")),
        Output("StateMachineARN", "What runs file sets.", Fn.ref("StateMachine")),
        Output("FileSetsTableName", "What is known of file sets.", Fn.ref("FileSetsTable")),
        Output(
            "CustomersTableName", "One item for every customer.", Fn.ref("CustomersTable"),
            condition: "KeepsCustomers"),
        Output(
            "KeyARN",
            "Who drops files or reads messages needs kms:Decrypt and kms:GenerateDataKey on it.",
            keyARN),
    ]
}
