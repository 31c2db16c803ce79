import JSON
import StatesLanguage
import Testing

/// Which fields of ItemReader and ResultWriter go together: a bad combination each, and its place.
struct ItemReaderValidationTests {
    static let get =
        #""Resource":"arn:aws:states:::s3:getObject","Parameters":{"Bucket":"b","Key":"k"}"#
    static let list = #""Resource":"arn:aws:states:::s3:listObjectsV2","Parameters":{"Bucket":"b"}"#
    static let put = #""Resource":"arn:aws:states:::s3:putObject","Parameters":{"Bucket":"b"}"#

    static func problems(_ field: String) throws -> [String] {
        let machine = try ValidationTests.machine(
            #"{"Type":"Map","Next":"B",\#(field),\#(ValidationTests.distributed)}"#)
        return StateMachine.problems(in: machine).filter { $0.severity == .error }.map(\.path)
    }

    @Test(arguments: [
        (#""ItemReader":{\#(get)}"#, "/ItemReader/ReaderConfig/InputType"),
        (
            #""ItemReader":{"Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{"InputType":"JSON"}}"#,
            "/ItemReader/Parameters"
        ),
        (
            #""ItemReader":{\#(get),"ReaderConfig":{"InputType":"CSV"}}"#,
            "/ItemReader/ReaderConfig/CSVHeaderLocation"
        ),
        (
            #""ItemReader":{\#(get),"ReaderConfig":{"InputType":"CSV","CSVHeaderLocation":"GIVEN"}}"#,
            "/ItemReader/ReaderConfig/CSVHeaders"
        ),
        (
            #""ItemReader":{\#(get),"ReaderConfig":{"InputType":"CSV","CSVHeaderLocation":"GIVEN","CSVHeaders":["a","a"]}}"#,
            "/ItemReader/ReaderConfig/CSVHeaders"
        ),
        (
            #""ItemReader":{\#(get),"ReaderConfig":{"InputType":"CSV","CSVHeaderLocation":"FIRST_ROW","CSVHeaders":["a"]}}"#,
            "/ItemReader/ReaderConfig/CSVHeaders"
        ),
        (
            #""ItemReader":{\#(get),"ReaderConfig":{"InputType":"JSON","CSVDelimiter":"TAB"}}"#,
            "/ItemReader/ReaderConfig/CSVDelimiter"
        ),
        (
            #""ItemReader":{\#(get),"ReaderConfig":{"InputType":"CSV","CSVHeaderLocation":"FIRST_ROW","CSVDelimiter":","}}"#,
            "/ItemReader/ReaderConfig/CSVDelimiter"
        ),
        (
            #""ItemReader":{\#(get),"ReaderConfig":{"InputType":"JSONL","ItemsPointer":"/a"}}"#,
            "/ItemReader/ReaderConfig/ItemsPointer"
        ),
        (
            #""ItemReader":{\#(get),"ReaderConfig":{"InputType":"JSON","ItemsPointer":"a"}}"#,
            "/ItemReader/ReaderConfig/ItemsPointer"
        ),
        (
            #""ItemReader":{\#(get),"ReaderConfig":{"InputType":"JSON","Transformation":"LOAD_AND_FLATTEN"}}"#,
            "/ItemReader/ReaderConfig/Transformation"
        ),
        (
            #""ItemReader":{\#(list),"ReaderConfig":{"InputType":"JSON"}}"#,
            "/ItemReader/ReaderConfig/InputType"
        ),
        (
            #""ItemReader":{\#(list),"ReaderConfig":{"Transformation":"LOAD_AND_FLATTEN"}}"#,
            "/ItemReader/ReaderConfig/InputType"
        ),
        (
            #""ItemReader":{\#(list),"ReaderConfig":{"Transformation":"SORT"}}"#,
            "/ItemReader/ReaderConfig/Transformation"
        ),
        (#""ItemReader":{\#(put)}"#, "/ItemReader/Resource"),
        (#""ResultWriter":{}"#, "/ResultWriter/Resource"),
        (#""ResultWriter":{\#(get)}"#, "/ResultWriter/Resource"),
        (
            #""ResultWriter":{"Resource":"arn:aws:states:::s3:putObject"}"#,
            "/ResultWriter/Parameters"
        ),
        (
            #""ResultWriter":{\#(put),"WriterConfig":{"Transformation":"FLAT"}}"#,
            "/ResultWriter/WriterConfig/Transformation"
        ),
        (
            #""ResultWriter":{\#(put),"WriterConfig":{"OutputType":"CSV"}}"#,
            "/ResultWriter/WriterConfig/OutputType"
        ),
        (
            #""ResultWriter":{"WriterConfig":{"OutputType":"JSONL"}}"#,
            "/ResultWriter/WriterConfig/OutputType"
        ),
        (#""ItemBatcher":{}"#, "/ItemBatcher/MaxItemsPerBatch"),
    ])
    func `a combination that says nothing is refused at its place`(
        _ field: String, _ place: String
    ) throws {
        #expect(try Self.problems(field).contains("/States/A" + place))
    }

    @Test(arguments: [
        #""ItemReader":{\#(list)}"#,
        #""ItemReader":{\#(list),"ReaderConfig":{"Transformation":"LOAD_AND_FLATTEN","InputType":"JSONL"}}"#,
        #""ItemReader":{\#(get),"ReaderConfig":{"InputType":"JSON","ItemsPointer":"/a/0","MaxItems":5}}"#,
        #""ItemReader":{\#(get),"ReaderConfig":{"ManifestType":"S3_INVENTORY"}}"#,
        #""ResultWriter":{\#(put)}"#,
        #""ResultWriter":{"WriterConfig":{"Transformation":"FLATTEN","OutputType":"JSON"}}"#,
        #""ResultWriter":{\#(put),"WriterConfig":{"OutputType":"JSONL"}}"#,
    ])
    func `what goes together is accepted and written as it was read`(_ field: String) throws {
        #expect(try Self.problems(field) == [])
        let json = try ValidationTests.machine(
            #"{"Type":"Map","Next":"B",\#(field),\#(ValidationTests.distributed)}"#)
        #expect(try StateMachine(json: json).json == json)
    }

    @Test(
        arguments: [
            ("", 1), ("/a", 2), ("/a/0", 3), ("/a/00", nil), ("/a/1", nil), ("/b~1c", 4),
            ("/~0", 5),
            ("/~2", nil), ("/", 6), ("a", nil), ("/a/0/x", nil),
        ] as [(String, Int?)])
    func `a JSON Pointer leads where RFC 6901 says`(_ pointer: String, _ found: Int?) {
        let inner: JSON = ["a": [3], "b/c": 4, "~": 5, "": 6]
        let expected: JSON? =
            switch found {
            case 1?: inner
            case 2?: [3]
            case let number?: JSON(number)
            case nil: JSON?.none
            }
        #expect(inner.value(at: pointer) == expected)
    }
}
