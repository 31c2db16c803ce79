import JSON

extension Operation {
    static let createTable = Operation(
        parameters: ["TableName", "KeySchema", "AttributeDefinitions"]
    ) { tables, request throws(TableError) in
        let isAllowed = { (byte: UInt8) in
            Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber
                || "_-.".utf8.contains(byte)
        }
        guard let name = request["TableName"]?.string, 3...255 ~= name.utf8.count,
            name.utf8.allSatisfy({ $0 < 0x80 && isAllowed($0) })
        else {
            throw .validation(
                "TableName must have from 3 to 255 of the characters a-z, A-Z, 0-9, _, - and .")
        }
        _ = try KeySchema(request)
        guard try tables.description(of: name) == nil else {
            throw TableError(
                code: "ResourceInUseException", message: "Table already exists: \(name)")
        }
        let description: JSON = [
            "TableName": JSON(name), "TableStatus": "ACTIVE",
            "KeySchema": request["KeySchema"] ?? [],
            "AttributeDefinitions": request["AttributeDefinitions"] ?? [],
        ]
        try tables.create(name, description)
        return ["TableDescription": description]
    }

    static let describeTable = Operation(
        parameters: ["TableName"]
    ) { tables, request throws(TableError) in
        let table = try tables.table(in: request)
        return ["Table": try tables.description(of: table.name) ?? .null]
    }
}
