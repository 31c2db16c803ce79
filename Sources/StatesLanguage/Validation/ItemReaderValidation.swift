extension Validator {
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html>: which
    /// fields of ReaderConfig go together.
    mutating func check(reader: ItemReader, at place: String) {
        let config = "\(place)/ReaderConfig"
        if reader.parameters == nil { note("\(place)/Parameters", "Parameters is missing") }
        if case .value(let value)? = reader.maxItems {
            check(range: 0...100_000_000, value, "MaxItems", config)
        }
        switch reader.resource {
        case .s3GetObject:
            if reader.inputType == nil, reader.manifestType != .s3Inventory {
                note("\(config)/InputType", "InputType is missing")
            }
            if reader.transformation == .loadAndFlatten {
                note(
                    "\(config)/Transformation",
                    "Transformation LOAD_AND_FLATTEN belongs to a listing")
            }
        case .s3ListObjectsV2:
            let isLoading = reader.transformation == .loadAndFlatten
            if isLoading, reader.inputType == nil {
                note("\(config)/InputType", "InputType is missing")
            }
            if !isLoading, reader.inputType != nil {
                note("\(config)/InputType", "InputType needs Transformation LOAD_AND_FLATTEN")
            }
        default:
            note(
                "\(place)/Resource",
                "Resource must be \(Resource.s3GetObject.rawValue) or "
                    + Resource.s3ListObjectsV2.rawValue)
        }
        checkFormat(of: reader, at: config)
    }

    /// What belongs to one format only.
    private mutating func checkFormat(of reader: ItemReader, at config: String) {
        if reader.inputType == .csv, reader.csvHeaderLocation == nil {
            note("\(config)/CSVHeaderLocation", "CSVHeaderLocation is missing")
        }
        if reader.csvHeaderLocation == .given, reader.csvHeaders.isEmpty {
            note("\(config)/CSVHeaders", "CSVHeaders is missing")
        }
        if reader.csvHeaderLocation != .given, !reader.csvHeaders.isEmpty {
            note("\(config)/CSVHeaders", "CSVHeaders needs CSVHeaderLocation GIVEN")
        }
        if Set(reader.csvHeaders).count != reader.csvHeaders.count {
            note("\(config)/CSVHeaders", "CSVHeaders has a name twice")
        }
        if reader.inputType != .csv, reader.inputType != .manifest, reader.manifestType == nil {
            for (field, isGiven) in [
                ("CSVHeaderLocation", reader.csvHeaderLocation != nil),
                ("CSVHeaders", !reader.csvHeaders.isEmpty),
                ("CSVDelimiter", reader.csvDelimiter != nil),
            ] where isGiven {
                note("\(config)/\(field)", "\(field) belongs to the InputType CSV")
            }
        }
        guard let pointer = reader.itemsPointer else { return }
        if reader.inputType != .json {
            note("\(config)/ItemsPointer", "ItemsPointer belongs to the InputType JSON")
        }
        if !pointer.isEmpty, !pointer.utf8.starts(with: "/".utf8) {
            note("\(config)/ItemsPointer", "ItemsPointer must be a JSON Pointer (RFC 6901)")
        }
    }
}
