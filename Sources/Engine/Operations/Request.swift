import JSON

/// The members of a request, checked as AWS checks them.
struct Request {
    let json: JSON

    init(_ json: JSON) { self.json = json }

    private static func invalid(_ name: String, _ why: String) -> ServiceError {
        ServiceError(
            "ValidationException",
            "1 validation error detected: Value at '\(name)' failed to satisfy constraint: \(why)")
    }

    /// - Throws: `ValidationException` when it is there and no string.
    func optionalString(_ name: String) throws(ServiceError) -> String? {
        guard let value = json[name], !value.isNull else { return nil }
        guard let text = value.string else { throw Self.invalid(name, "Member must be a string") }
        return text
    }

    func string(_ name: String) throws(ServiceError) -> String {
        guard let text = try optionalString(name) else {
            throw Self.invalid(name, "Member must not be null")
        }
        return text
    }

    func bool(_ name: String, default: Bool = false) throws(ServiceError) -> Bool {
        guard let value = json[name], !value.isNull else { return `default` }
        guard let bool = value.bool else { throw Self.invalid(name, "Member must be a boolean") }
        return bool
    }

    /// One of a set of words.
    func choice(_ name: String, of words: [String]) throws(ServiceError) -> String? {
        guard let word = try optionalString(name) else { return nil }
        guard words.contains(word) else {
            throw Self.invalid(
                name, "Member must satisfy enum value set: [\(words.joined(separator: ", "))]")
        }
        return word
    }

    /// Whether `includedData` asks for inputs, outputs and definitions; it does unless it is there.
    func includesData() throws(ServiceError) -> Bool {
        try choice("includedData", of: ["ALL_DATA", "METADATA_ONLY"]) != "METADATA_ONLY"
    }

    /// An integer; nil when it is not there.
    func integer(_ name: String, from low: Int, to high: Int) throws(ServiceError) -> Int? {
        guard let value = json[name], !value.isNull else { return nil }
        guard let number = value.int, (low...high).contains(number) else {
            throw Self.invalid(name, "Member must be from \(low) to \(high)")
        }
        return number
    }

    /// The members `error` and `cause`.
    /// - Throws: `ValidationException` when one is too long.
    func failure() throws(ServiceError) -> Failure {
        let failure = Failure(
            error: try optionalString("error"), cause: try optionalString("cause"))
        try Self.checkLength(failure.error ?? "", "error", atMost: Limits.errorCharacters)
        try Self.checkLength(failure.cause ?? "", "cause", atMost: Limits.causeCharacters)
        return failure
    }

    /// - Throws: `ValidationException` for a text with more characters, or bytes, than that.
    static func checkLength(
        _ text: String, _ name: String, atMost limit: Int, isBytes: Bool = false
    ) throws(ServiceError) {
        guard text.utf8.count > limit, isBytes || text.unicodeScalars.count > limit else { return }
        throw invalid(name, "Member must have length less than or equal to \(limit)")
    }

    /// The name of a state machine or an execution:
    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>.
    /// - Throws: `InvalidName`.
    static func checkName(_ name: String) throws(ServiceError) {
        let forbidden = Set(##"<>{}[]?*"#%\^|~`$&,;:/"##.unicodeScalars)
        let isValid =
            !name.isEmpty && name.unicodeScalars.count <= Limits.nameCharacters
            && !name.unicodeScalars.contains {
                forbidden.contains($0) || $0.properties.isWhitespace || $0.value < 0x20
                    || (0x7F...0x9F).contains($0.value) || (0xFFFE...0xFFFF).contains($0.value)
                    || $0.value == 0x10FFFF
            }
        guard isValid else { throw ServiceError("InvalidName", "Invalid Name: '\(name)'") }
    }
}
