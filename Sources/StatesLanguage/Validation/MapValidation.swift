import JSON

extension Validator {
    mutating func check(map: Map, at place: String) {
        checkMode(of: map, at: place)
        if case .value(let value)? = map.maxConcurrency {
            check(range: 0...Int.max, value, "MaxConcurrency", place)
        }
        if case .value(let value)? = map.toleratedFailureCount {
            check(range: 0...Int.max, value, "ToleratedFailureCount", place)
        }
        if case .value(let value)? = map.toleratedFailurePercentage, !(0...100).contains(value) {
            note(
                "\(place)/ToleratedFailurePercentage",
                "ToleratedFailurePercentage must be from 0 to 100")
        }
        if let reader = map.itemReader { check(reader: reader, at: "\(place)/ItemReader") }
        if let writer = map.resultWriter { check(writer: writer, at: "\(place)/ResultWriter") }
        if let batcher = map.itemBatcher { check(batcher: batcher, at: "\(place)/ItemBatcher") }
        checkLabel(of: map, at: place)
    }

    /// What only a distributed Map has, and what it needs.
    private mutating func checkMode(of map: Map, at place: String) {
        let config = "\(place)/ItemProcessor/ProcessorConfig/ExecutionType"
        if map.isDistributed {
            if map.itemProcessor.executionType == nil { note(config, "ExecutionType is missing") }
            return
        }
        if map.itemProcessor.executionType != nil {
            note(config, "ExecutionType is supported in DISTRIBUTED mode only")
        }
        let given = [
            ("ItemReader", map.itemReader != nil), ("ItemBatcher", map.itemBatcher != nil),
            ("ResultWriter", map.resultWriter != nil), ("Label", map.label != nil),
            ("ToleratedFailureCount", map.toleratedFailureCount != nil),
            ("ToleratedFailurePercentage", map.toleratedFailurePercentage != nil),
        ]
        for (field, isGiven) in given where isGiven {
            note("\(place)/\(field)", "\(field) is supported in DISTRIBUTED mode only")
        }
    }

    /// <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>: Label.
    private mutating func checkLabel(of map: Map, at place: String) {
        guard let label = map.label else { return }
        if label.isEmpty || label.unicodeScalars.count > Quota.labelCharacters {
            note("\(place)/Label", "Label must have from 1 to \(Quota.labelCharacters) characters")
        }
        let forbidden = "?*<>{}[]:;,\\|^~$#%&`\" /".unicodeScalars
        let isForbidden = { (scalar: Unicode.Scalar) in
            forbidden.contains(scalar) || scalar.value < 0x21
                || (0x7F...0x9F).contains(scalar.value)
        }
        if label.unicodeScalars.contains(where: isForbidden) {
            note("\(place)/Label", "Label must not hold spaces, control or special characters")
        }
    }

    private mutating func check(batcher: ItemBatcher, at place: String) {
        if batcher.maxItemsPerBatch == nil, batcher.maxInputBytesPerBatch == nil {
            note(place, "MaxItemsPerBatch or MaxInputBytesPerBatch is missing")
        }
        if case .value(let value)? = batcher.maxItemsPerBatch {
            check(range: 1...100_000_000, value, "MaxItemsPerBatch", place)
        }
        if case .value(let value)? = batcher.maxInputBytesPerBatch {
            check(range: 1...Quota.payloadBytes, value, "MaxInputBytesPerBatch", place)
        }
    }

    /// <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html>:
    /// required field combinations.
    private mutating func check(writer: ResultWriter, at place: String) {
        guard let resource = writer.resource else {
            if writer.parameters != nil { note("\(place)/Resource", "Resource is missing") }
            if writer.writerConfig?.outputType == .jsonLines {
                note(
                    "\(place)/WriterConfig/OutputType",
                    "OutputType JSONL needs Resource and Parameters: a state's output is JSON")
            }
            return
        }
        if resource != .s3PutObject {
            note("\(place)/Resource", "Resource must be \(Resource.s3PutObject.rawValue)")
        }
        if writer.parameters == nil { note("\(place)/Parameters", "Parameters is missing") }
    }
}
