import JSON

/// A state that does the same for each element of an array or data set:
/// <https://states-language.net/#map-state>. Its result is the array of the iterations' outputs.
public struct Map: Sendable, Hashable {
    /// What is done with each item.
    public var itemProcessor: ItemProcessor
    /// Where the array is in the effective input; default `$`.
    public var itemsPath: JSONPath?
    /// Where a distributed Map's items come from, instead of `itemsPath`.
    public var itemReader: ItemReader?
    /// What an iteration is given instead of the item itself; `$$.Map.Item` is the item.
    public var itemSelector: PayloadTemplate?
    /// Hands several items to one child execution (distributed only).
    public var itemBatcher: ItemBatcher?
    /// Puts the results of a distributed Map into a bucket instead of the output.
    public var resultWriter: ResultWriter?
    /// How many iterations run at once; 0 or nil is as many as the service allows.
    public var maxConcurrency: Setting<Int>?
    /// How many items may fail before a distributed Map does; nil is 0.
    public var toleratedFailureCount: Setting<Int>?
    /// 0 to 100; nil is 0.
    public var toleratedFailurePercentage: Setting<Double>?
    /// Part of a distributed Map's Map Run ARN; at most 40 characters.
    public var label: String?
    /// Shapes the result before ResultPath puts it in.
    public var resultSelector: PayloadTemplate?
    /// Tried in order; the first that matches an error counts.
    public var retry: [Retrier]
    /// Tried in order when no retry is left.
    public var `catch`: [Catcher]

    /// What is left out is left out of the definition, too.
    public init(
        itemProcessor: ItemProcessor, itemsPath: JSONPath? = nil, itemReader: ItemReader? = nil,
        itemSelector: PayloadTemplate? = nil, itemBatcher: ItemBatcher? = nil,
        resultWriter: ResultWriter? = nil, maxConcurrency: Setting<Int>? = nil,
        toleratedFailureCount: Setting<Int>? = nil,
        toleratedFailurePercentage: Setting<Double>? = nil, label: String? = nil,
        resultSelector: PayloadTemplate? = nil, retry: [Retrier] = [], catch: [Catcher] = []
    ) {
        self.itemProcessor = itemProcessor
        self.itemsPath = itemsPath
        self.itemReader = itemReader
        self.itemSelector = itemSelector
        self.itemBatcher = itemBatcher
        self.resultWriter = resultWriter
        self.maxConcurrency = maxConcurrency
        self.toleratedFailureCount = toleratedFailureCount
        self.toleratedFailurePercentage = toleratedFailurePercentage
        self.label = label
        self.resultSelector = resultSelector
        self.retry = retry
        self.catch = `catch`
    }

    /// Whether items run as child executions of a Map Run, not within this execution.
    public var isDistributed: Bool { itemProcessor.mode == .distributed }
}

extension Map {
    /// Reads also the legacy names: `Iterator` for ItemProcessor, `Parameters` for ItemSelector.
    init(_ fields: inout FieldReader) {
        let processorName = fields.has("Iterator") ? "Iterator" : "ItemProcessor"
        if !fields.has(processorName) { fields.note(processorName, "is missing") }
        itemProcessor =
            fields.json(processorName).map {
                ItemProcessor($0, at: fields.place(processorName), fields.problems)
            } ?? ItemProcessor(states: [])
        itemsPath = fields.path("ItemsPath")
        itemReader = fields.json("ItemReader").map {
            ItemReader($0, at: fields.place("ItemReader"), fields.problems)
        }
        let selectorName = fields.has("Parameters") ? "Parameters" : "ItemSelector"
        itemSelector = fields.template(selectorName)
        itemBatcher = fields.json("ItemBatcher").map {
            ItemBatcher($0, at: fields.place("ItemBatcher"), fields.problems)
        }
        resultWriter = fields.json("ResultWriter").map {
            ResultWriter($0, at: fields.place("ResultWriter"), fields.problems)
        }
        maxConcurrency = fields.setting("MaxConcurrency") { $0.int("MaxConcurrency") }
        toleratedFailureCount = fields.setting("ToleratedFailureCount") {
            $0.int("ToleratedFailureCount")
        }
        toleratedFailurePercentage = fields.setting("ToleratedFailurePercentage") {
            $0.double("ToleratedFailurePercentage", from: 0, to: 100)
        }
        label = fields.string("Label")
        resultSelector = fields.template("ResultSelector")
        retry = fields.list("Retry", Retrier.init)
        `catch` = fields.list("Catch", Catcher.init)
    }

    /// Writes the names of today; a percentage always with a fraction, which some emulators need.
    func render(into object: inout JSONObject) {
        object["Label"] = label.map { .string($0) }
        object["ItemsPath"] = itemsPath.map { .string($0.text) }
        object["ItemReader"] = itemReader?.json
        object["ItemSelector"] = itemSelector?.json
        object["ItemBatcher"] = itemBatcher?.json
        maxConcurrency?.render("MaxConcurrency", into: &object) { JSON($0) }
        toleratedFailureCount?.render("ToleratedFailureCount", into: &object) { JSON($0) }
        toleratedFailurePercentage?.render("ToleratedFailurePercentage", into: &object) {
            JSONNumber("\($0)").map { .number($0) } ?? .null
        }
        object["ItemProcessor"] = itemProcessor.json
        object["ResultWriter"] = resultWriter?.json
    }
}
