public import AWSClient
import JSON

/// ``ItemTable`` of this machine, which takes rows in bulk: one request with a part's rows as they are,
/// to the endpoint of AWS_ENDPOINT_URL_DYNAMODB, in place of a request for each.
///
/// The request is `X-Amz-Target: SluiceTables_20261125.LoadItems`. Its body is the length of a header, 4
/// bytes with the lowest first, the header as JSON, and the rows (``ItemRow``). The header has
/// `TableName`, `Key`, `Columns` (of `Name` and `Type`, in the order of the rows, the key's among them),
/// `Mode` and, unless versions are off, `Version`, `VersionAttribute`, `ColumnsHash` and `KnownColumns`.
/// All rows are taken or none. The answer is `Written`, `Superseded` and `Merged`; or, with status 400
/// and nothing taken, an error whose `__type` is a code of ``StoreError``, or `UnknownColumns` with the
/// hashes in `Hashes`: the request is then repeated with those added to `KnownColumns`.
public struct LocalItemTable: ItemTable {
    public static let target = "SluiceTables_20261125.LoadItems"
    /// A load is over in less: it is given up otherwise.
    static let timeoutSeconds = 600.0
    /// Newer runs that begin while a request is under way are few.
    static let maximumRounds = 100

    public let name: String
    private let client: AWSClient

    /// One task in the order of slices writes the file from front to back.
    public var writesSideBySide: Bool { false }
    public var mayBeCreated: Bool { true }

    public init(name: String, _ client: AWSClient = AWSClient()) {
        self.name = name
        self.client = client
    }

    public func describe() throws(StoreError) -> [ItemKeyAttribute]? {
        try describeItemTable(name, client)
    }

    public func create(key: ItemKeyAttribute) throws(StoreError) {
        do throws(AWSError) {
            _ = try client.call(
                .dynamoDB, "CreateTable",
                [
                    "TableName": .string(name), "BillingMode": "PAY_PER_REQUEST",
                    "AttributeDefinitions": [
                        ["AttributeName": .string(key.name), "AttributeType": .string(key.type)]
                    ],
                    "KeySchema": [["AttributeName": .string(key.name), "KeyType": "HASH"]],
                ])
        } catch {
            // Another run was first: whether it fits, describe() tells.
            if error.code != "ResourceInUseException" { throw StoreError(error, subject: name) }
        }
    }

    /// An item has as many attributes as it likes.
    public func check(_ layout: ItemLayout) throws(StoreError) {}

    public func write(
        _ rows: UnsafeRawBufferPointer, _ layout: ItemLayout, _ columnSets: ColumnSets?
    ) throws(StoreError) -> ItemCounts {
        for _ in 0..<Self.maximumRounds {
            let header = header(layout, columnSets)
            do throws(AWSError) {
                let answer = try client.call(
                    .dynamoDB, target: Self.target, Self.body(header, rows),
                    timeoutSeconds: Self.timeoutSeconds)
                return ItemCounts(
                    written: answer["Written"]?.int ?? 0,
                    superseded: answer["Superseded"]?.int ?? 0, merged: answer["Merged"]?.int ?? 0)
            } catch {
                guard error.code == "UnknownColumns" else { throw StoreError(error, subject: name) }
                let hashes = (error.fields["Hashes"]?.array ?? []).compactMap(\.string)
                guard let columnSets, !hashes.isEmpty else {
                    throw StoreError(unknownColumns: hashes, subject: name)
                }
                try columnSets.lookUp(hashes, subject: name)
            }
        }
        throw StoreError(.unavailable, "columns of other runs come again and again", subject: name)
    }

    func header(_ layout: ItemLayout, _ columnSets: ColumnSets?) -> JSON {
        var header: JSONObject = [
            "TableName": .string(name), "Key": .string(layout.key),
            "Columns": .array(
                layout.columns.map {
                    ["Name": .string($0.name), "Type": .string($0.type.rawValue)]
                }), "Mode": .string(layout.mode.rawValue),
        ]
        if let order = layout.order {
            header["Version"] = .string(order.version)
            header["VersionAttribute"] = .string(order.attribute)
            header["ColumnsHash"] = .string(order.columnsHash)
            let known = (columnSets?.known ?? [:]).sorted { $0.key < $1.key }
            header["KnownColumns"] = .object(
                JSONObject(
                    known.map { hash, names in
                        (hash, .array(names.map { .string($0) }))
                    }))
        }
        return .object(header)
    }

    static func body(_ header: JSON, _ rows: UnsafeRawBufferPointer) -> [UInt8] {
        var text: [UInt8] = []
        header.write(to: &text)
        var body: [UInt8] = []
        body.reserveCapacity(4 + text.count + rows.count)
        withUnsafeBytes(of: UInt32(text.count).littleEndian) { body.append(contentsOf: $0) }
        body.append(contentsOf: text)
        body.append(contentsOf: rows)
        return body
    }
}
