public import JSON

/// The operations of DynamoDB on items. Attributes are written as DynamoDB has them, `{"S": "…"}`.
public struct DynamoDB: Sendable {
    /// BatchWriteItem's limit.
    public static let maximumBatchItems = 25

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

    /// Puts items in place of those with the same keys, 25 a request, requests side by side. What the
    /// service leaves unprocessed is sent again until it is done.
    /// - Parameters:
    ///   - items: no two with the same key; 400 KB each at most.
    ///   - limit: requests under way at a time.
    /// - Throws: any request's error, or code `UnprocessedItems` after as many attempts without any
    ///   progress as a request has. Some of the items may have been put by then.
    public func batchWriteItem(
        table: String, puts items: [JSONObject], atMost limit: Int = 8
    ) throws(AWSError) {
        var pending = items.map { item -> JSON in ["PutRequest": ["Item": .object(item)]] }
        var attempt = 1
        while !pending.isEmpty {
            let inputs = stride(from: 0, to: pending.count, by: Self.maximumBatchItems).map {
                start -> JSON in
                let batch = pending[start..<min(start + Self.maximumBatchItems, pending.count)]
                return ["RequestItems": .object([table: .array(Array(batch))])]
            }
            var left: [JSON] = []
            for outcome in try client.callAll(.dynamoDB, "BatchWriteItem", inputs, atMost: limit) {
                left += try outcome.get()["UnprocessedItems"]?[table]?.array ?? []
            }
            if left.isEmpty { return }
            attempt = left.count < pending.count ? 1 : attempt + 1
            guard attempt <= client.configuration.maximumAttempts else {
                throw AWSError(
                    "UnprocessedItems", "\(left.count) items were left unprocessed again and again",
                    "DynamoDB BatchWriteItem")
            }
            client.waitBefore(attemptAfter: attempt)
            pending = left
        }
    }
}
