import JSON

extension Infrastructure {
    /// What is known of file sets, and on demand what is known of customers.
    static let tables = [
        table("FileSetsTable", key: [("pk", "HASH"), ("sk", "RANGE")]),
        table(
            "CustomersTable", key: [("customer_reference", "HASH")], condition: "KeepsCustomers"),
    ]

    /// Both keep what no run could make again, so they stay when the stack goes.
    private static func table(
        _ logicalID: String, key: [(name: String, type: String)], condition: String? = nil
    ) -> Resource {
        Resource(
            logicalID, "AWS::DynamoDB::Table", condition: condition, deletionPolicy: .retain,
            [
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": .array(
                    key.map { ["AttributeName": .string($0.name), "AttributeType": "S"] }),
                "KeySchema": .array(
                    key.map { ["AttributeName": .string($0.name), "KeyType": .string($0.type)] }),
                "SSESpecification": [
                    "SSEEnabled": true, "SSEType": "KMS", "KMSMasterKeyId": keyARN,
                ],
                "PointInTimeRecoverySpecification": ["PointInTimeRecoveryEnabled": true],
            ])
    }
}
