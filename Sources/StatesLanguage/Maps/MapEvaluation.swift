public import JSON

extension Map {
    /// The items of a Map without ``itemReader``; `scope.input` is the effective input.
    /// - Throws: `States.Runtime` when ItemsPath leads nowhere or not to an array.
    public func items(in scope: Scope) throws(StatesError) -> [JSON] {
        let path = itemsPath ?? "$"
        guard let items = try path.evaluate(in: scope).array else {
            throw .runtime("Reference path \"\(path)\" must point to array.")
        }
        return items
    }

    /// The items of a distributed Map without ``itemReader``: an array, or an object whose members
    /// are the items. `scope.input` is the effective input.
    /// - Throws: `States.Runtime` when ItemsPath leads nowhere or to something else.
    public func dataSet(in scope: Scope) throws(StatesError) -> JSON {
        let path = itemsPath ?? "$"
        let data = try path.evaluate(in: scope)
        guard data.array != nil || data.object != nil else {
            throw .runtime("Reference path \"\(path)\" must point to array or object.")
        }
        return data
    }

    /// What an iteration is given: ``itemSelector``'s value or the item. `scope.context` must hold
    /// `Map.Item.Index` and `Map.Item.Value`; `scope.input` is the effective input.
    /// - Throws: `States.Runtime`, `States.IntrinsicFailure`.
    public func iterationInput(of item: JSON, in scope: Scope) throws(StatesError) -> JSON {
        guard let itemSelector else { return item }
        return try itemSelector.resolve(in: scope)
    }

    /// How many iterations may run at once, 0 for as many as the mode allows; checked before the
    /// Map starts. `scope.input` is the effective input.
    /// - Throws: `States.Runtime` when MaxConcurrencyPath leads to no integer of at least 0.
    public func concurrency(in scope: Scope) throws(StatesError) -> Int {
        let value = try maxConcurrency?.resolve("MaxConcurrency", in: scope) ?? 0
        guard value >= 0 else { throw .runtime("MaxConcurrency must be at least 0.") }
        return value
    }

    /// How many items of a distributed Map may fail, as a number and in per cent; checked once the
    /// Map has started. `scope.input` is the effective input. Nil where neither field is given.
    /// - Throws: `States.Runtime` for a path to something else or out of range.
    public func toleratedFailure(
        in scope: Scope
    ) throws(StatesError) -> (count: Int?, percentage: Double?) {
        let count = try toleratedFailureCount?.resolve("ToleratedFailureCount", in: scope)
        let percentage = try toleratedFailurePercentage?.resolve(
            "ToleratedFailurePercentage", in: scope)
        if let count, count < 0 {
            throw .runtime("ToleratedFailureCount must be at least 0.")
        }
        if let percentage, !(0...100).contains(percentage) {
            throw .runtime("ToleratedFailurePercentage must be between 0 and 100.")
        }
        return (count, percentage)
    }
}

extension ItemBatcher {
    /// The items in batches, each as the input of one child:
    /// `{"BatchInput":…,"Items":[…]}`. `scope.input` is the effective input.
    ///
    /// A single item that is over the limit of bytes makes a batch of its own.
    /// - Throws: `States.Runtime` for a limit that is no integer of at least 1.
    public func batches(of items: [JSON], in scope: Scope) throws(StatesError) -> [JSON] {
        let maxItems = try Self.limit(maxItemsPerBatch, "MaxItemsPerBatch", in: scope)
        let maxBytes = min(
            Quota.payloadBytes,
            try Self.limit(maxInputBytesPerBatch, "MaxInputBytesPerBatch", in: scope))
        let shared = try batchInput?.resolve(in: scope)
        func input(_ items: [JSON]) -> JSON {
            var object = JSONObject()
            object["BatchInput"] = shared
            object["Items"] = .array(items)
            return .object(object)
        }
        let emptyBytes = input([]).serialized().utf8.count
        var batches: [JSON] = []
        var batch: [JSON] = []
        var bytes = emptyBytes
        for item in items {
            // The comma before the next item.
            let itemBytes = item.serialized().utf8.count + 1
            if !batch.isEmpty, batch.count >= maxItems || bytes + itemBytes - 1 > maxBytes {
                batches.append(input(batch))
                batch = []
                bytes = emptyBytes
            }
            batch.append(item)
            bytes += itemBytes
        }
        if !batch.isEmpty { batches.append(input(batch)) }
        return batches
    }

    private static func limit(
        _ setting: Setting<Int>?, _ field: String, in scope: Scope
    ) throws(StatesError) -> Int {
        guard let setting else { return .max }
        let value = try setting.resolve(field, in: scope)
        guard value >= 1 else { throw .runtime("\(field) must be at least 1.") }
        return value
    }
}
