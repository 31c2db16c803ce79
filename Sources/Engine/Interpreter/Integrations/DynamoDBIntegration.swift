import JSON

extension ServiceIntegration {
    /// The four actions on items: <https://docs.aws.amazon.com/step-functions/latest/dg/connect-ddb.html>.
    static let dynamoDBItems: [ServiceIntegration] = [
        dynamoDB("getItem", [.required("Key", .object), .optional("ConsistentRead")]),
        dynamoDB("putItem", [.required("Item", .object)] + writing),
        dynamoDB(
            "updateItem",
            [.required("Key", .object), .optional("UpdateExpression", .string)] + writing),
        dynamoDB("deleteItem", [.required("Key", .object)] + writing),
    ]

    private static let writing: [ParameterField] = [
        .optional("ConditionExpression", .string), .optional("ExpressionAttributeNames", .object),
        .optional("ExpressionAttributeValues", .object), .optional("ReturnValues", .string),
        .optional("ReturnItemCollectionMetrics"),
    ]

    private static func dynamoDB(
        _ action: String, _ fields: [ParameterField]
    ) -> ServiceIntegration {
        ServiceIntegration(
            resourceType: "dynamodb", action: action, service: "dynamodb", errorPrefix: "DynamoDB",
            nameInCauses: "AmazonDynamoDBv2",
            ownErrors: [
                "ConditionalCheckFailedException", "ResourceNotFoundException",
                "InternalServerError",
            ], otherError: "AmazonDynamoDBException",
            fields: [.required("TableName", .string), .optional("ReturnConsumedCapacity")]
                + fields,
            canWaitForToken: false, tellsOfHTTP: true)
    }
}
