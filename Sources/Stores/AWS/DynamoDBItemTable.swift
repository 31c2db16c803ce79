public import AWSClient
import JSON
import System

/// ``ItemTable`` in DynamoDB.
///
/// Each row is a conditional UpdateItem, or PutItem where it replaces the item, and a second one where a
/// newer run was there: ``RunOrder``. BatchWriteItem knows no conditions, costs the same and would let an
/// older run overwrite a newer one's items; it is used only to replace without versions. What is
/// throttled is tried again as long as any other gets through, and then for about a minute.
public struct DynamoDBItemTable: ItemTable {
    /// A row whose second write is refused so often meets no run but a fault.
    static let maximumRounds = 1000
    /// Before what was throttled is sent again while other requests get through, on average half of it.
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html#Programming.Errors.RetryAndBackoff>
    static let throttledPauseSeconds = 0.05

    public let name: String
    /// How often a wave is tried of which nothing gets through because of throttling: other tasks may
    /// get all there is. With the delays of ``RetryPolicy`` about a minute.
    static let throttledAttempts = 10

    /// Requests under way at a time, at most.
    public let requestsInFlight: Int
    private let client: AWSClient

    public var writesSideBySide: Bool { true }
    public var mayBeCreated: Bool { false }

    public init(name: String, _ client: AWSClient = AWSClient(), requestsInFlight: Int = 32) {
        self.name = name
        self.client = client
        self.requestsInFlight = requestsInFlight
    }

    public func describe() throws(StoreError) -> [ItemKeyAttribute]? {
        try describeItemTable(name, client)
    }

    public func create(key: ItemKeyAttribute) throws(StoreError) {
        throw StoreError(
            .noSuchTable, "there is no such table; runs do not make tables in DynamoDB",
            subject: name)
    }

    public func check(_ layout: ItemLayout) throws(StoreError) {
        try ItemRequests(table: name, layout: layout).check()
    }

    public func write(
        _ rows: UnsafeRawBufferPointer, _ layout: ItemLayout, _ columnSets: ColumnSets?
    ) throws(StoreError) -> ItemCounts {
        try check(layout)
        var source = RowSource(rows, layout)
        if layout.order == nil, layout.mode == .replace { return try putAll(&source, layout) }
        let requests = ItemRequests(table: name, layout: layout)
        var counts = ItemCounts()
        var inFlight = InFlight(maximum: requestsInFlight)
        var pending: [Write] = []
        var attempt = 1
        while true {
            while pending.count < inFlight.waveRequests, let row = try source.next() {
                pending.append(Write(row: row, request: requests.first(row)))
            }
            if pending.isEmpty { return counts }
            let wave = Array(pending.prefix(inFlight.waveRequests))
            pending.removeFirst(wave.count)
            var refusal: AWSError?
            var isThrottled = false
            var refused: [Write] = []
            for (write, outcome) in try send(wave, atMost: inFlight.limit) {
                switch outcome {
                case .success:
                    if write.request.isPartial { counts.merged += 1 } else { counts.written += 1 }
                case .failure(let error) where error.code == "ConditionalCheckFailedException":
                    let old = error.fields["Item"]?.object
                    if let next = try write.after(old, requests, columnSets, &counts) {
                        pending.append(next)
                    }
                case .failure(let error) where error.isTransient:
                    refusal = error
                    isThrottled = isThrottled || error.isThrottling
                    refused.append(write)
                case .failure(let error):
                    throw failure(error, key: ItemRequests.text(write.row[layout.keyIndex]))
                }
            }
            inFlight.waveEnded(isThrottled: isThrottled)
            guard let refusal else {
                attempt = 1
                continue
            }
            pending += refused
            if refused.count < wave.count {
                attempt = 1
                client.waitBefore(attemptAfter: 1, baseSeconds: Self.throttledPauseSeconds)
                continue
            }
            let attempts = client.configuration.maximumAttempts
            guard attempt < (isThrottled ? max(attempts, Self.throttledAttempts) : attempts) else {
                throw StoreError(
                    .unavailable, "\(pending.count) items or more were not written: \(refusal)",
                    subject: name)
            }
            client.waitBefore(attemptAfter: attempt)
            attempt += 1
        }
    }

    /// A row on its way.
    private struct Write {
        var row: ItemRequests.Row
        var request: ItemRequest
        /// How often it was refused because of what was there.
        var rounds = 0

        /// What is to be sent after a refusal; nil when nothing is.
        func after(
            _ old: JSONObject?, _ requests: ItemRequests, _ columnSets: ColumnSets?,
            _ counts: inout ItemCounts
        ) throws(StoreError) -> Write? {
            guard rounds < DynamoDBItemTable.maximumRounds else {
                throw StoreError(
                    .unavailable, "an item changes again and again", subject: requests.table)
            }
            while true {
                let step = try requests.afterRefusal(
                    of: row, old: old, known: columnSets?.known ?? [:])
                switch step {
                case .superseded: counts.superseded += 1
                case .done: counts.written += 1
                case .request(let request):
                    return Write(row: row, request: request, rounds: rounds + 1)
                case .needsColumns(let hashes):
                    guard let columnSets else {
                        throw StoreError(unknownColumns: hashes, subject: requests.table)
                    }
                    try columnSets.lookUp(hashes, subject: requests.table)
                    continue
                }
                return nil
            }
        }
    }

    /// Sends requests side by side, those of one operation after those of the other.
    private func send(
        _ writes: [Write], atMost limit: Int
    ) throws(StoreError) -> [(Write, Result<JSON, AWSError>)] {
        var done: [(Write, Result<JSON, AWSError>)] = []
        for operation in ["UpdateItem", "PutItem"] {
            let chosen = writes.filter { $0.request.operation == operation }
            if chosen.isEmpty { continue }
            do throws(AWSError) {
                let outcomes = try client.callAll(
                    .dynamoDB, operation, chosen.map(\.request.input), atMost: limit,
                    retriesThrottled: false)
                done += zip(chosen, outcomes)
            } catch { throw StoreError(error, subject: name) }
        }
        return done
    }

    /// Replaces items whatever is there.
    private func putAll(
        _ source: inout RowSource, _ layout: ItemLayout
    ) throws(StoreError) -> ItemCounts {
        let requests = ItemRequests(table: name, layout: layout)
        var counts = ItemCounts()
        while true {
            var items: [JSONObject] = []
            while items.count < DynamoDB.maximumBatchItems * requestsInFlight,
                let row = try source.next()
            {
                items.append(requests.attributes(row))
            }
            if items.isEmpty { return counts }
            do throws(AWSError) {
                try DynamoDB(client).batchWriteItem(
                    table: name, puts: items, atMost: requestsInFlight)
            } catch { throw failure(error, key: nil) }
            counts.written += items.count
        }
    }

    /// DynamoDB tells of an item that is too large by the message alone.
    private func failure(_ error: AWSError, key: String?) -> StoreError {
        let isTooLarge =
            error.code == "ValidationException" && error.message.hasPrefix("Item size ")
            && error.message.utf8.firstOccurrence(of: "exceeded".utf8) != nil
        guard isTooLarge else { return StoreError(error, subject: name) }
        return StoreError(
            .itemTooLarge, "the item would have more than 409,600 bytes", subject: name, key: key)
    }
}

/// Rows as DynamoDB's attribute values, one after the other.
private struct RowSource {
    private let bytes: UnsafeRawBufferPointer
    private let layout: ItemLayout
    private var reader: ItemRowReader
    private var ranges: [Range<Int>?] = []

    init(_ bytes: UnsafeRawBufferPointer, _ layout: ItemLayout) {
        self.bytes = bytes
        self.layout = layout
        reader = ItemRowReader(bytes, columns: layout.columns.count)
    }

    mutating func next() throws(StoreError) -> ItemRequests.Row? {
        guard try reader.next(&ranges) else { return nil }
        return zip(layout.columns, ranges).map { column, range -> JSON? in
            guard let range else { return nil }
            let value = UnsafeRawBufferPointer(rebasing: bytes[range])
            if column.type == .boolean { return ["BOOL": .bool(value.first == 1)] }
            return .object([column.type.rawValue: .string(String(decoding: value, as: UTF8.self))])
        }
    }
}

/// DescribeTable's key, the partition key first; nil when there is no such table.
func describeItemTable(
    _ name: String, _ client: AWSClient
) throws(StoreError) -> [ItemKeyAttribute]? {
    let table: JSON?
    do throws(AWSError) {
        table = try client.call(.dynamoDB, "DescribeTable", ["TableName": .string(name)])["Table"]
    } catch {
        if error.code == "ResourceNotFoundException" { return nil }
        throw StoreError(error, subject: name)
    }
    let definitions = table?["AttributeDefinitions"]?.array ?? []
    let schema = (table?["KeySchema"]?.array ?? []).sorted { first, _ in
        first["KeyType"]?.string == "HASH"
    }
    return schema.compactMap { element in
        guard let name = element["AttributeName"]?.string else { return nil }
        let type = definitions.first { $0["AttributeName"]?.string == name }?["AttributeType"]
        return ItemKeyAttribute(name, type: type?.string ?? "S")
    }
}

extension StoreError {
    init(unknownColumns hashes: [String], subject: String) {
        self.init(
            .foreignVersion,
            "an item has attributes for columns that no run has kept: \(hashes.joined(separator: ", "))",
            subject: subject)
    }
}
