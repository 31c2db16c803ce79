import JSON

/// Hands a distributed ``Map``'s items on in batches:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html>.
/// A child's input is then `{"Items": […], "BatchInput": …}`.
public struct ItemBatcher: Sendable, Hashable {
    /// At least 1.
    public var maxItemsPerBatch: Setting<Int>?
    /// At most 262,144; of the batch's items as JSON.
    public var maxInputBytesPerBatch: Setting<Int>?
    /// What every batch is given besides its items.
    public var batchInput: PayloadTemplate?

    /// What is left out is left out of the definition, too.
    public init(
        maxItemsPerBatch: Setting<Int>? = nil, maxInputBytesPerBatch: Setting<Int>? = nil,
        batchInput: PayloadTemplate? = nil
    ) {
        self.maxItemsPerBatch = maxItemsPerBatch
        self.maxInputBytesPerBatch = maxInputBytesPerBatch
        self.batchInput = batchInput
    }
}

extension ItemBatcher {
    init(_ json: JSON, at path: String, _ problems: ProblemList) {
        var fields = FieldReader(json, at: path, problems)
        maxItemsPerBatch = fields.setting("MaxItemsPerBatch") {
            $0.int("MaxItemsPerBatch", from: 1, to: 100_000_000)
        }
        maxInputBytesPerBatch = fields.setting("MaxInputBytesPerBatch") {
            $0.int("MaxInputBytesPerBatch", from: 1, to: Quota.payloadBytes)
        }
        batchInput = fields.template("BatchInput")
        if maxItemsPerBatch == nil, maxInputBytesPerBatch == nil {
            fields.note("MaxItemsPerBatch", "or MaxInputBytesPerBatch is missing")
        }
        fields.finish()
    }

    var json: JSON {
        var object = JSONObject()
        maxItemsPerBatch?.render("MaxItemsPerBatch", into: &object) { JSON($0) }
        maxInputBytesPerBatch?.render("MaxInputBytesPerBatch", into: &object) { JSON($0) }
        object["BatchInput"] = batchInput?.json
        return .object(object)
    }
}
