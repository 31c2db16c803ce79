import StatesLanguage

extension ItemReader {
    /// What of it this engine cannot read although the language has it; nil when it can all.
    var unsupported: (field: String, message: String)? {
        switch inputType {
        case .manifest?, .parquet?:
            (
                "InputType",
                "InputType \(inputType?.rawValue ?? "") is not supported by this engine; it reads "
                    + "JSON, JSONL and CSV"
            )
        case _ where manifestType != nil:
            ("ManifestType", "Manifests are not supported by this engine")
        default: nil
        }
    }
}
