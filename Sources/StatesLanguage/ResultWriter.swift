public import JSON

/// Puts a distributed ``Map``'s results into a bucket:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html>.
public struct ResultWriter: Sendable, Hashable {
    /// `.s3PutObject`; nil transforms the output without writing it.
    public var resource: Resource?
    /// `Bucket` and `Prefix`.
    public var parameters: PayloadTemplate?
    /// `OutputType` (JSON, JSONL) and `Transformation` (NONE, COMPACT, FLATTEN), as written.
    public var writerConfig: JSONObject?

    /// What is left out is left out of the definition, too.
    public init(
        resource: Resource? = .s3PutObject, parameters: PayloadTemplate? = nil,
        writerConfig: JSONObject? = nil
    ) {
        self.resource = resource
        self.parameters = parameters
        self.writerConfig = writerConfig
    }
}

extension ResultWriter {
    init(_ json: JSON, at path: String, _ problems: ProblemList) {
        var fields = FieldReader(json, at: path, problems)
        resource = fields.string("Resource").map { Resource(rawValue: $0) }
        parameters = fields.template("Parameters")
        writerConfig = fields.object("WriterConfig")
        if resource == nil, writerConfig == nil {
            fields.note("Resource", "or WriterConfig is missing")
        }
        fields.finish()
    }

    var json: JSON {
        var object = JSONObject()
        object["Resource"] = resource.map { .string($0.rawValue) }
        object["WriterConfig"] = writerConfig.map { .object($0) }
        object["Parameters"] = parameters?.json
        return .object(object)
    }
}
