import AWSClient
import JSON
import LocalCloud
import LocalDynamoDB
import System

extension Command {
    static let table = Command(
        name: "table", operands: "NAME [KEY]", operandCount: 1...2,
        summary: "print what a table holds",
        discussion: """
            All items of the table, or the one with that key: a JSON object a line, or CSV with a header
            that has all attributes. Attributes that only keep the order of runs are left out.

            With --aws the table of that name in DynamoDB, as JSON.
            """,
        flags: [
            Flag(name: "--json", help: "JSON, one object a line (unless --csv is given)"),
            Flag(name: "--csv", help: "CSV as RFC 4180 has it"),
            homeFlag,
            Flag(name: "--aws", help: "on AWS instead, as the environment says"),
        ],
        run: { arguments in
            let isCSV = arguments.has("--csv")
            if isCSV, arguments.has("--json") {
                throw CommandError.usage("--csv and --json exclude each other")
            }
            let name = arguments.operands[0]
            let key = arguments.operands.count > 1 ? arguments.operands[1] : nil
            if arguments.has("--aws") {
                if isCSV { throw CommandError.usage("--csv is for a home's tables") }
                return try printOfAWS(name, key)
            }
            let home = try Home(arguments)
            guard try FileStatus(of: home.tableStore) != nil else {
                throw CommandError(.unavailable, "\(home.path): nothing has been run here yet")
            }
            let tables = try TableStore(home.tableStore)
            do {
                return try show(tables, name, key, isCSV: isCSV)
            } catch let error as TableError where error.code == "ResourceNotFoundException" {
                let names = try tables.tableNames()
                throw CommandError(
                    .unavailable,
                    "there is no table \(name)" + suggestion(for: name, among: names)
                        + (names.isEmpty ? "" : "; there are " + names.joined(separator: ", ")))
            }
        })

    private static func show(
        _ tables: TableStore, _ name: String, _ key: String?, isCSV: Bool
    ) throws -> ExitCode {
        let columns = isCSV ? try tables.attributeNames(of: name) : []
        var text = isCSV ? CSVText.line(columns) : ""
        func add(_ item: JSONObject) {
            text +=
                isCSV
                ? CSVText.line(columns.map { CSVText.value(item[$0]) })
                : JSON.object(item).serialized() + "\n"
        }
        if let key {
            guard let item = try tables.item(of: name, key: key) else {
                throw CommandError(.failure, "the table \(name) has no item \(key)")
            }
            add(item)
        } else {
            try tables.forEachItem(of: name) { item in
                add(item)
                if text.utf8.count >= 1 << 20 {
                    Terminal.standardOutput(verbatim: text)
                    text = ""
                }
                return !Terminal.isOutputClosed
            }
        }
        Terminal.standardOutput(verbatim: text)
        return .success
    }

    private static func printOfAWS(_ name: String, _ key: String?) throws -> ExitCode {
        let client = AWSClient(AWSConfiguration(environment: environmentVariable))
        func call(_ action: String, _ request: JSONObject) throws -> JSON {
            var request = request
            request["TableName"] = JSON(name)
            do throws(AWSError) {
                return try client.call(.dynamoDB, action, .object(request))
            } catch { throw CommandError(.unavailable, "\(error)") }
        }
        func shown(_ item: JSON) -> String {
            let attributes = (item.object ?? [:]).filter {
                $0.name != "_v" && !$0.name.hasPrefix("_v_")
            }
            return JSON.object(
                JSONObject(attributes.map { ($0.name, PlainValue.of($0.value)) })
            ).serialized() + "\n"
        }
        if let key {
            let schema = try call("DescribeTable", [:])["Table"]?["KeySchema"]?.array
            guard let attribute = schema?.first?["AttributeName"]?.string else {
                throw CommandError(.unavailable, "the table \(name) has no key")
            }
            let found = try call(
                "GetItem", ["Key": .object([attribute: ["S": JSON(key)]])])["Item"]
            guard let found else {
                throw CommandError(.failure, "the table \(name) has no item \(key)")
            }
            Terminal.standardOutput(verbatim: shown(found))
            return .success
        }
        var request = JSONObject()
        repeat {
            let page = try call("Scan", request)
            Terminal.standardOutput(
                verbatim: (page["Items"]?.array ?? []).map(shown).joined())
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        } while request["ExclusiveStartKey"] != nil && !Terminal.isOutputClosed
        return .success
    }
}

/// Records as RFC 4180 writes them.
enum CSVText {
    static func line(_ fields: [String]) -> String {
        fields.map(field).joined(separator: ",") + "\r\n"
    }

    static func value(_ value: JSON?) -> String {
        switch value {
        case nil, .null: ""
        case .string(let text): text
        case let other?: other.serialized()
        }
    }

    private static func field(_ text: String) -> String {
        let needsQuotes = text.utf8.contains {
            [UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(ascii: "\r")]
                .contains($0)
        }
        return needsQuotes ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
    }
}
