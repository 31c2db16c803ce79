public import AWSClient
public import JSON

/// ``ItemTable`` in DynamoDB, or in what the engine serves in its place.
///
/// Each item is a conditional PutItem: BatchWriteItem knows no conditions, costs the same and would let
/// an older run overwrite a newer one's items. What is throttled is tried again as long as others get
/// through, and then as often as any request.
public struct DynamoDBItemTable: ItemTable {
    public let name: String
    public let requestsInFlight: Int
    private let client: AWSClient

    public init(name: String, _ client: AWSClient = AWSClient(), requestsInFlight: Int = 32) {
        self.name = name
        self.client = client
        self.requestsInFlight = requestsInFlight
    }

    public func putItems(
        _ items: [JSONObject], newestBy attribute: String
    ) throws(StoreError) -> Int {
        var inputs: [JSON] = []
        for item in items { inputs.append(try input(item, newestBy: attribute)) }
        var pending = Array(inputs.indices)
        var stayed = 0
        var attempt = 1
        while true {
            let outcomes: [Result<JSON, AWSError>]
            do throws(AWSError) {
                outcomes = try client.callAll(
                    .dynamoDB, "PutItem", pending.map { inputs[$0] }, atMost: requestsInFlight)
            } catch { throw StoreError(error, subject: name) }
            var refused: [Int] = []
            var reason: AWSError?
            for (index, outcome) in zip(pending, outcomes) {
                guard case .failure(let error) = outcome else { continue }
                if error.code == "ConditionalCheckFailedException" {
                    stayed += 1
                } else if error.isTransient {
                    refused.append(index)
                    reason = error
                } else {
                    throw StoreError(error, subject: name)
                }
            }
            guard let reason else { return stayed }
            if refused.count < pending.count { attempt = 1 }
            guard attempt < client.configuration.maximumAttempts else {
                throw StoreError(
                    .unavailable, "\(refused.count) items were not written: \(reason)",
                    subject: name)
            }
            pending = refused
            client.waitBefore(attemptAfter: attempt)
            attempt += 1
        }
    }

    /// PutItem's input. The name stands behind a `#` placeholder, so that it is not reserved.
    private func input(
        _ item: JSONObject, newestBy attribute: String
    ) throws(StoreError) -> JSON {
        var attributes = JSONObject()
        for (name, value) in item {
            attributes[name] = try DynamoDBTable.attributeValue(value, of: name, subject: self.name)
        }
        guard let order = attributes[attribute] else {
            throw StoreError(
                .invalidAttribute, "an item lacks the attribute \(attribute)", subject: name)
        }
        return [
            "TableName": .string(name), "Item": .object(attributes),
            "ConditionExpression": "attribute_not_exists(#order) OR #order <= :order",
            "ExpressionAttributeNames": ["#order": .string(attribute)],
            "ExpressionAttributeValues": [":order": order],
        ]
    }
}
