import JSON

extension Infrastructure {
    /// What is known of file sets.
    static let fileSetsTable = table("FileSetsTable", key: [("pk", "HASH"), ("sk", "RANGE")])

    /// A table of items with keys that are strings. Tables keep what no run could make again, so they
    /// stay when the stack goes.
    /// - Parameter name: of a table that is called by it; CloudFormation names it otherwise.
    static func table(
        _ logicalID: String, name: JSON? = nil, key: [(name: JSON, type: JSON)],
        condition: String? = nil
    ) -> Resource {
        var properties: JSONObject = [:]
        properties["TableName"] = name
        properties["BillingMode"] = "PAY_PER_REQUEST"
        properties["AttributeDefinitions"] = .array(
            key.map { ["AttributeName": $0.name, "AttributeType": "S"] })
        properties["KeySchema"] = .array(
            key.map { ["AttributeName": $0.name, "KeyType": $0.type] })
        properties["SSESpecification"] = [
            "SSEEnabled": true, "SSEType": "KMS", "KMSMasterKeyId": keyARN,
        ]
        properties["PointInTimeRecoverySpecification"] = ["PointInTimeRecoveryEnabled": true]
        return Resource(
            logicalID, "AWS::DynamoDB::Table", condition: condition, deletionPolicy: .retain,
            properties)
    }
}
