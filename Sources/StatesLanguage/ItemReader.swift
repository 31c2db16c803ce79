import JSON

/// Where a distributed ``Map`` reads its items:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html>.
public struct ItemReader: Sendable, Hashable {
    /// How the object is read.
    public enum InputType: String, Sendable, Hashable {
        case json = "JSON", jsonLines = "JSONL", csv = "CSV", manifest = "MANIFEST"
        case parquet = "PARQUET"
    }
    /// Where a CSV's column names come from.
    public enum CSVHeaderLocation: String, Sendable, Hashable {
        case firstRow = "FIRST_ROW", given = "GIVEN"
    }

    /// `.s3GetObject` or `.s3ListObjectsV2`.
    public var resource: Resource
    /// `Bucket` and `Key`, or `Bucket` and `Prefix`.
    public var parameters: PayloadTemplate?
    /// Nil for a listing.
    public var inputType: InputType?
    /// Needed for a CSV.
    public var csvHeaderLocation: CSVHeaderLocation?
    /// The column names, when they are given here.
    public var csvHeaders: [String]
    /// COMMA (default), PIPE, SEMICOLON, SPACE or TAB.
    public var csvDelimiter: String?
    /// Reads no more items than this; up to 100,000,000.
    public var maxItems: Setting<Int>?
    /// JSON Pointer to the array within a JSON object.
    public var itemsPointer: String?
    /// S3_INVENTORY or ATHENA_DATA, for a manifest.
    public var manifestType: String?
    /// NONE or LOAD_AND_FLATTEN, for a listing.
    public var transformation: String?

    /// What is left out is left out of the definition, too.
    public init(
        resource: Resource = .s3GetObject, parameters: PayloadTemplate? = nil,
        inputType: InputType? = nil, csvHeaderLocation: CSVHeaderLocation? = nil,
        csvHeaders: [String] = [], csvDelimiter: String? = nil, maxItems: Setting<Int>? = nil,
        itemsPointer: String? = nil, manifestType: String? = nil, transformation: String? = nil
    ) {
        self.resource = resource
        self.parameters = parameters
        self.inputType = inputType
        self.csvHeaderLocation = csvHeaderLocation
        self.csvHeaders = csvHeaders
        self.csvDelimiter = csvDelimiter
        self.maxItems = maxItems
        self.itemsPointer = itemsPointer
        self.manifestType = manifestType
        self.transformation = transformation
    }
}

extension ItemReader {
    init(_ json: JSON, at path: String, _ problems: ProblemList) {
        var fields = FieldReader(json, at: path, problems)
        self.init(resource: Resource(rawValue: fields.requiredString("Resource")))
        parameters = fields.template("Parameters")
        if let config = fields.json("ReaderConfig") {
            readConfig(FieldReader(config, at: fields.place("ReaderConfig"), problems))
        }
        fields.finish()
    }

    private mutating func readConfig(_ reader: FieldReader) {
        var fields = reader
        inputType = fields.take("InputType", "JSON, JSONL, CSV, MANIFEST or PARQUET") {
            $0.string.flatMap { InputType(rawValue: $0) }
        }
        csvHeaderLocation = fields.take("CSVHeaderLocation", "FIRST_ROW or GIVEN") {
            $0.string.flatMap { CSVHeaderLocation(rawValue: $0) }
        }
        csvHeaders = fields.strings("CSVHeaders")
        csvDelimiter = fields.string("CSVDelimiter")
        maxItems = fields.setting("MaxItems") { $0.int("MaxItems", from: 0, to: 100_000_000) }
        itemsPointer = fields.string("ItemsPointer")
        manifestType = fields.string("ManifestType")
        transformation = fields.string("Transformation")
        fields.finish()
    }

    var json: JSON {
        var config = JSONObject()
        config["InputType"] = inputType.map { .string($0.rawValue) }
        config["CSVHeaderLocation"] = csvHeaderLocation.map { .string($0.rawValue) }
        if !csvHeaders.isEmpty { config["CSVHeaders"] = .array(csvHeaders.map { .string($0) }) }
        config["CSVDelimiter"] = csvDelimiter.map { .string($0) }
        maxItems?.render("MaxItems", into: &config) { JSON($0) }
        config["ItemsPointer"] = itemsPointer.map { .string($0) }
        config["ManifestType"] = manifestType.map { .string($0) }
        config["Transformation"] = transformation.map { .string($0) }
        var object: JSONObject = ["Resource": .string(resource.rawValue)]
        if !config.isEmpty { object["ReaderConfig"] = .object(config) }
        object["Parameters"] = parameters?.json
        return .object(object)
    }
}
