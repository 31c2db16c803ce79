import JSON
import LambdaRuntime
import Stores

/// The event of a step, read field by field with errors that say which field is wrong.
struct StepInput {
    let json: JSON

    func text(_ name: String) throws(StepError) -> String {
        guard let value = json[name]?.string else { throw missing(name, "a string") }
        return value
    }

    func integer(_ name: String) throws(StepError) -> Int {
        guard let value = json[name]?.int else { throw missing(name, "an integer") }
        return value
    }

    func array(_ name: String) throws(StepError) -> [JSON] {
        guard let value = json[name]?.array else { throw missing(name, "an array") }
        return value
    }

    func object(_ name: String) throws(StepError) -> StepInput {
        guard let value = json[name], value.object != nil else { throw missing(name, "an object") }
        return StepInput(json: value)
    }

    private func missing(_ name: String, _ type: String) -> StepError {
        StepError(
            errorName: ErrorName.badEvent,
            cause: "the field \(name) of the event is missing or not \(type)")
    }
}

extension ObjectReference {
    /// As it travels between states: `{"bucket","key","versionId","eTag","size"}`.
    var json: JSON {
        var object: JSONObject = ["bucket": .string(bucket), "key": .string(key)]
        object["versionId"] = versionID.map { .string($0) }
        object["eTag"] = eTag.map { .string($0) }
        object["size"] = JSON(sizeBytes)
        return .object(object)
    }

    init(_ input: StepInput) throws(StepError) {
        self.init(
            bucket: try input.text("bucket"), key: try input.text("key"),
            versionID: input.json["versionId"]?.string, eTag: input.json["eTag"]?.string,
            sizeBytes: try input.integer("size"))
    }

    /// The key's last component, which is what a partner calls the file.
    var fileName: String { String(key.split(separator: "/").last ?? Substring(key)) }
}
