public import JSON

/// The operations of DynamoDB on one item.
public struct DynamoDB: Sendable {
    public let client: AWSClient

    public init(_ client: AWSClient = AWSClient()) { self.client = client }

    /// - Returns: the item's attributes as DynamoDB writes them; nil when there is no such item.
    public func getItem(
        table: String, key: JSONObject, isConsistent: Bool = true
    ) throws(AWSError) -> JSONObject? {
        let answer = try client.call(
            .dynamoDB, "GetItem",
            [
                "TableName": .string(table), "Key": .object(key),
                "ConsistentRead": .bool(isConsistent),
            ])
        return answer["Item"]?.object
    }

    /// - Parameter input: UpdateItem's whole input.
    /// - Throws: code `ConditionalCheckFailedException`; the item then stands in the error's field
    ///   `Item`, if the input asked for it.
    public func updateItem(_ input: JSON) throws(AWSError) -> JSON {
        try client.call(.dynamoDB, "UpdateItem", input)
    }
}
