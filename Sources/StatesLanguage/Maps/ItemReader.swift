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

    /// What separates the fields of a CSV.
    public enum CSVDelimiter: String, Sendable, Hashable {
        case comma = "COMMA", pipe = "PIPE", semicolon = "SEMICOLON", space = "SPACE", tab = "TAB"
    }
    /// Whose manifest it is.
    public enum ManifestType: String, Sendable, Hashable {
        case s3Inventory = "S3_INVENTORY", athenaData = "ATHENA_DATA"
    }
    /// What becomes of a listing.
    public enum Transformation: String, Sendable, Hashable {
        /// Each object's metadata is an item.
        case none = "NONE"
        /// The objects are read as ``ItemReader/inputType`` says; what is in them are the items.
        case loadAndFlatten = "LOAD_AND_FLATTEN"
    }

    /// `.s3GetObject` or `.s3ListObjectsV2`.
    public var resource: Resource
    /// `Bucket` and `Key`, or `Bucket` and `Prefix`.
    public var parameters: PayloadTemplate?
    /// Nil for a listing, unless it is to be loaded.
    public var inputType: InputType?
    /// Needed for a CSV.
    public var csvHeaderLocation: CSVHeaderLocation?
    /// The column names, when they are given here.
    public var csvHeaders: [String]
    /// Nil is a comma.
    public var csvDelimiter: CSVDelimiter?
    /// Reads no more items than this; up to 100,000,000.
    public var maxItems: Setting<Int>?
    /// JSON Pointer (RFC 6901) to the array or object within a JSON object.
    public var itemsPointer: String?
    /// For a manifest.
    public var manifestType: ManifestType?
    /// For a listing; nil is ``Transformation/none``.
    public var transformation: Transformation?

    /// What is left out is left out of the definition, too.
    public init(
        resource: Resource = .s3GetObject, parameters: PayloadTemplate? = nil,
        inputType: InputType? = nil, csvHeaderLocation: CSVHeaderLocation? = nil,
        csvHeaders: [String] = [], csvDelimiter: CSVDelimiter? = nil,
        maxItems: Setting<Int>? = nil, itemsPointer: String? = nil,
        manifestType: ManifestType? = nil, transformation: Transformation? = nil
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
        csvDelimiter = fields.take("CSVDelimiter", "COMMA, PIPE, SEMICOLON, SPACE or TAB") {
            $0.string.flatMap { CSVDelimiter(rawValue: $0) }
        }
        maxItems = fields.setting("MaxItems") { $0.int("MaxItems", from: 0, to: 100_000_000) }
        itemsPointer = fields.string("ItemsPointer")
        manifestType = fields.take("ManifestType", "S3_INVENTORY or ATHENA_DATA") {
            $0.string.flatMap { ManifestType(rawValue: $0) }
        }
        transformation = fields.take("Transformation", "NONE or LOAD_AND_FLATTEN") {
            $0.string.flatMap { Transformation(rawValue: $0) }
        }
        fields.finish()
    }

    var json: JSON {
        var config = JSONObject()
        config["InputType"] = inputType.map { .string($0.rawValue) }
        config["CSVHeaderLocation"] = csvHeaderLocation.map { .string($0.rawValue) }
        if !csvHeaders.isEmpty { config["CSVHeaders"] = .array(csvHeaders.map { .string($0) }) }
        config["CSVDelimiter"] = csvDelimiter.map { .string($0.rawValue) }
        maxItems?.render("MaxItems", into: &config) { JSON($0) }
        config["ItemsPointer"] = itemsPointer.map { .string($0) }
        config["ManifestType"] = manifestType.map { .string($0.rawValue) }
        config["Transformation"] = transformation.map { .string($0.rawValue) }
        var object: JSONObject = ["Resource": .string(resource.rawValue)]
        if !config.isEmpty { object["ReaderConfig"] = .object(config) }
        object["Parameters"] = parameters?.json
        return .object(object)
    }
}
