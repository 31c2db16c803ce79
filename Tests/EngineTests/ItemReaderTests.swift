import JSON
import StatesLanguage
import System
import Testing

@testable import Engine

@Suite struct ItemReaderTests {
    /// A distributed Map whose children give back their inputs.
    static func definition(
        _ resource: String = "getObject", config: String, parameters: String, fields: String = ""
    ) throws -> JSON {
        try JSON(
            parsing: """
                {"StartAt": "M", "States": {"M": {"Type": "Map", "End": true \(fields),
                  "ItemReader": {"Resource": "arn:aws:states:::s3:\(resource)",
                    "ReaderConfig": {\(config)}, "Parameters": {\(parameters)}},
                  "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}}}}
                """)
    }

    /// The items of an object's text, or the cause of `States.ItemReaderFailed`.
    static func read(_ text: String, _ config: String, _ rig: Rig? = nil) throws -> JSON {
        let rig = try rig ?? Rig()
        try rig.objects.putObject(bucket: "b", key: "k", bytes: Array(text.utf8))
        let end = try rig.run(
            try definition(config: config, parameters: #""Bucket": "b", "Key": "k""#))
        if end["status"] == "SUCCEEDED" { return end["output"]?.parsed ?? .null }
        #expect(end["error"] == "States.ItemReaderFailed")
        return end["cause"] ?? .null
    }

    @Test(
        arguments: [
            ("[1, {\"a\": 2}]", #""InputType": "JSON""#, [1, ["a": 2]]),
            ("\u{FEFF}[1]", #""InputType": "JSON""#, [1]),
            ("[]", #""InputType": "JSON""#, []),
            ("[1, 2, 3]", #""InputType": "JSON", "MaxItems": 2"#, [1, 2]),
            (
                "{\"a\": 1, \"b\": [2]}", #""InputType": "JSON""#,
                [["Key": "a", "Value": 1], ["Key": "b", "Value": [2]]]
            ),
            (
                "{\"a\": 1, \"b\": [2]}", #""InputType": "JSON", "MaxItems": 1"#,
                [["Key": "a", "Value": 1]]
            ),
            (
                "{\"a/b\": [{\"~\": [5]}]}",
                #""InputType": "JSON", "ItemsPointer": "/a~1b/0/~0""#, [5]
            ),
            (
                "{\"a\": 1}", #""InputType": "JSON", "ItemsPointer": "/b""#,
                "s3://b/k: the ItemsPointer '/b' leads nowhere"
            ),
            (
                "{\"a\": 1}", #""InputType": "JSON", "ItemsPointer": "/a""#,
                "s3://b/k: Attempting to map over non-iterable node."
            ),
            (
                "[1", #""InputType": "JSON""#,
                "s3://b/k: Attempting to read it as JSON: the text ends within an array at line 1, byte 2"
            ),
        ] as [(String, String, JSON)])
    func `JSON gives an array's elements or an object's members`(
        _ text: String, _ config: String, _ expected: JSON
    ) throws {
        let found = try Self.read(text, config)
        if let cause = expected.string, cause.contains("as JSON") {
            #expect(found.string?.hasPrefix("s3://b/k: Attempting to read it as JSON: ") == true)
        } else {
            #expect(found == expected)
        }
    }

    @Test func `JSON Lines gives an item a line and names the line that is none`() throws {
        let config = #""InputType": "JSONL""#
        #expect(
            try Self.read("{\"a\":1}\r\n\n  \n[2]\n\"x\"", config) == [["a": 1], [2], "x"])
        #expect(try Self.read("", config) == [])
        #expect(try Self.read("1\n{\n", config + #", "MaxItems": 1"#) == [1])
        let cause = try Self.read("1\n\n{\"a\":\n", config).string ?? ""
        #expect(cause.hasPrefix("s3://b/k: Attempting to read line 3 as JSON: "))
    }

    @Test func `MaxItemsPath takes the limit from the input`() throws {
        let rig = try Rig()
        try rig.objects.putObject(bucket: "b", key: "k", bytes: Array("[1,2,3]".utf8))
        let definition = try Self.definition(
            config: #""InputType": "JSON", "MaxItemsPath": "$.n""#,
            parameters: #""Bucket.$": "$.b", "Key": "k""#)
        let end = try rig.run(definition, ["n": 2, "b": "b"])
        #expect(end["output"] == "[1,2]")
    }

    @Test func `a listing gives the metadata of all objects below a prefix`() throws {
        let rig = try Rig()
        for index in 0..<1234 {
            let key = "in/" + String(10_000 + index)
            try rig.objects.putObject(bucket: "b", key: key, bytes: [0x31])
        }
        try rig.objects.putObject(bucket: "b", key: "other", bytes: [])
        let end = try rig.run(
            try Self.definition(
                "listObjectsV2", config: "", parameters: #""Bucket": "b", "Prefix": "in/""#,
                fields: """
                    , "ItemSelector": {"k.$": "$$.Map.Item.Value", "s.$": "$$.Map.Item.Source"},
                    "ResultSelector": {"count.$": "States.ArrayLength($)",
                      "first.$": "$[0]", "last.$": "$[-1:].k.Key"}
                    """))
        let output = try #require(end["output"]?.parsed, "\(end)")
        #expect(output["count"] == 1234)
        #expect(output["last"] == ["in/11233"])
        #expect(
            output["first"] == [
                "k": [
                    "Etag": "\"e1\"", "Key": "in/10000", "LastModified": 1_700_000_000, "Size": 1,
                    "StorageClass": "STANDARD",
                ], "s": "s3://b",
            ])
    }

    @Test func `a listing's objects are read one after the other when they are to be loaded`()
        throws
    {
        let rig = try Rig()
        for (key, text) in [("p/1", "[1, 2]"), ("p/2", "{\"a\": 3}"), ("p/", ""), ("q", "[9]")] {
            try rig.objects.putObject(bucket: "b", key: key, bytes: Array(text.utf8))
        }
        let config = #""InputType": "JSON", "Transformation": "LOAD_AND_FLATTEN""#
        let fields = """
            , "ItemSelector": {"v.$": "$$.Map.Item.Value", "s.$": "$$.Map.Item.Source"}
            """
        let parameters = #""Bucket": "b", "Prefix": "p/""#
        let all = try rig.run(
            try Self.definition(
                "listObjectsV2", config: config, parameters: parameters, fields: fields))
        #expect(
            all["output"]?.parsed == [
                ["v": 1, "s": "s3://b/p/1"], ["v": 2, "s": "s3://b/p/1"],
                ["v": ["Key": "a", "Value": 3], "s": "s3://b/p/2"],
            ])
    }

    @Test func `the context object tells an item's index, key, value and source`() throws {
        let definition = try JSON(
            parsing: """
                {"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemsPath": "$.o",
                  "ItemSelector": {"i.$": "$$.Map.Item", "x.$": "$.x"},
                  "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                    "StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}}}}
                """)
        let end = try Rig().run(definition, ["x": 9, "o": ["a": 1]])
        #expect(
            end["output"]?.parsed == [
                ["i": ["Index": 0, "Key": "a", "Value": 1, "Source": "STATE_DATA"], "x": 9]
            ])
    }

    @Test(arguments: [
        (#""Bucket": "b""#, "ItemReader needs Bucket and Key as strings, not {\"Bucket\":\"b\"}"),
        (#""Bucket": "b", "Key": 1"#, "ItemReader needs Bucket and Key as strings"),
        (
            #""Bucket": "b", "Key": "k", "VersionId": "1""#,
            "ItemReader's parameter VersionId is not supported here"
        ),
        (
            #""Bucket": "b", "Key": "k", "ExpectedBucketOwner": "1""#,
            "the bucket b belongs to 000000000000, not to \"1\""
        ),
        (#""Bucket": "b", "Key": "gone""#, "s3://b/gone: Missing()"),
    ])
    func `parameters that lead nowhere fail the state`(_ parameters: String, _ cause: String) throws
    {
        let end = try Rig().run(
            try Self.definition(config: #""InputType": "JSON""#, parameters: parameters))
        #expect(end["error"] == "States.ItemReaderFailed")
        #expect(end["cause"]?.string?.hasPrefix(cause) == true, "\(end)")
    }

    @Test(arguments: ["PARQUET", "MANIFEST"])
    func `formats that are not supported are refused when the machine is created`(
        _ type: String
    ) throws {
        do {
            _ = try Rig().machine(
                try Self.definition(
                    config: #""InputType": "\#(type)""#, parameters: #""Bucket": "b", "Key": "k""#))
            Issue.record("accepted")
        } catch let error as ServiceError {
            #expect(error.code == "InvalidDefinition")
            #expect(error.message.contains("\(type) is not supported by this engine"))
        }
    }

    @Test func `reading items goes on after a kill`() throws {
        let rig = try Rig()
        try rig.objects.putObject(bucket: "b", key: "k", bytes: Array("[1,2]".utf8))
        let machine = try rig.machine(
            try Self.definition(
                config: #""InputType": "JSON""#, parameters: #""Bucket": "b", "Key": "k""#))
        let arn = try rig.start(machine)
        try rig.reopen()
        #expect(try rig.end(of: arn)["output"] == "[1,2]")
    }
}
