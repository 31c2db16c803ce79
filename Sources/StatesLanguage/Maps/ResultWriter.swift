import JSON

/// Puts a distributed ``Map``'s results into a bucket:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html>.
public struct ResultWriter: Sendable, Hashable {
    /// How the results are written, or how they are given out when there is no ``resource``.
    public struct WriterConfig: Sendable, Hashable {
        /// What is kept of a child execution.
        public enum Transformation: String, Sendable, Hashable {
            /// The output and what DescribeExecution tells besides.
            case none = "NONE"
            /// The output alone; of a child that did not succeed all.
            case compact = "COMPACT"
            /// As ``compact``, with the elements of an output that is an array in its place.
            case flatten = "FLATTEN"
        }
        /// How an object is laid out.
        public enum OutputType: String, Sendable, Hashable {
            case json = "JSON", jsonLines = "JSONL"
        }

        /// Nil is ``Transformation/none`` with a ``resource``, ``Transformation/compact`` without.
        public var transformation: Transformation?
        /// Nil is ``OutputType/json``.
        public var outputType: OutputType?

        /// What is left out is left out of the definition, too.
        public init(transformation: Transformation? = nil, outputType: OutputType? = nil) {
            self.transformation = transformation
            self.outputType = outputType
        }
    }

    /// `.s3PutObject`; nil transforms the output without writing it.
    public var resource: Resource?
    /// `Bucket` and `Prefix`.
    public var parameters: PayloadTemplate?
    /// What is written.
    public var writerConfig: WriterConfig?

    /// What is left out is left out of the definition, too.
    public init(
        resource: Resource? = .s3PutObject, parameters: PayloadTemplate? = nil,
        writerConfig: WriterConfig? = nil
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
        writerConfig = fields.json("WriterConfig").map {
            WriterConfig($0, at: fields.place("WriterConfig"), problems)
        }
        if resource == nil, writerConfig == nil {
            fields.note("Resource", "or WriterConfig is missing")
        }
        fields.finish()
    }

    var json: JSON {
        var object = JSONObject()
        object["Resource"] = resource.map { .string($0.rawValue) }
        object["WriterConfig"] = writerConfig?.json
        object["Parameters"] = parameters?.json
        return .object(object)
    }
}

extension ResultWriter.WriterConfig {
    init(_ json: JSON, at path: String, _ problems: ProblemList) {
        var fields = FieldReader(json, at: path, problems)
        transformation = fields.take("Transformation", "NONE, COMPACT or FLATTEN") {
            $0.string.flatMap { Transformation(rawValue: $0) }
        }
        outputType = fields.take("OutputType", "JSON or JSONL") {
            $0.string.flatMap { OutputType(rawValue: $0) }
        }
        fields.finish()
    }

    var json: JSON {
        var object = JSONObject()
        object["Transformation"] = transformation.map { .string($0.rawValue) }
        object["OutputType"] = outputType.map { .string($0.rawValue) }
        return .object(object)
    }
}
