import JSON
import SQLite

// Tags of state machines; the other resources that AWS lets one tag, activities, are not supported.

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_TagResource.html>.
/// A key that is there gets the new value.
@Sendable func tagResource(_ json: JSON, _ runner: Runner) throws -> JSON {
    let request = Request(json)
    let arn = try request.arn("resourceArn", of: ["stateMachine"])
    try runner.store.checkTaggable(arn)
    try runner.store.addTags(try request.tags(), to: arn)
    return [:]
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_UntagResource.html>.
/// A key that is not there is no error.
@Sendable func untagResource(_ json: JSON, _ runner: Runner) throws -> JSON {
    let request = Request(json)
    let arn = try request.arn("resourceArn", of: ["stateMachine"])
    try runner.store.checkTaggable(arn)
    guard let keys = json["tagKeys"]?.array else {
        throw ServiceError.tags("Value at 'tagKeys' must be a list of strings")
    }
    for key in keys {
        guard let key = key.string else {
            throw ServiceError.tags("Value at 'tagKeys' must be a list of strings")
        }
        try runner.store.database.run(
            "DELETE FROM tags WHERE arn = ? AND key = ?", [.text(arn), .text(key)])
    }
    return [:]
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListTagsForResource.html>
@Sendable func listTagsForResource(_ json: JSON, _ view: StoreReader.View) throws -> JSON {
    let arn = try Request(json).arn("resourceArn", of: ["stateMachine"])
    guard try !Store.machines(view.database, "WHERE arn = ?", [.text(arn)]).isEmpty else {
        throw ServiceError.noResource(arn)
    }
    let tags = try view.database.rows(
        "SELECT key, value FROM tags WHERE arn = ? ORDER BY key", [.text(arn)]
    ) { JSON.object(["key": .string($0.text(0)), "value": .string($0.text(1))]) }
    return ["tags": .array(tags)]
}

extension Request {
    /// The member `tags`; none when it is not there.
    /// - Throws: `ValidationException` when a key or value is too long, or is none; `TooManyTags`.
    func tags() throws(ServiceError) -> [(key: String, value: String)] {
        guard let value = json["tags"], !value.isNull else { return [] }
        guard let list = value.array else {
            throw ServiceError.tags("Value at 'tags' must be a list")
        }
        guard list.count <= Limits.tagsPerResource else {
            throw ServiceError(
                "TooManyTags", "A resource has at most \(Limits.tagsPerResource) tags")
        }
        var tags: [(key: String, value: String)] = []
        for entry in list {
            guard let key = entry["key"]?.string, let value = (entry["value"] ?? "").string,
                (1...Limits.tagKeyCharacters).contains(key.unicodeScalars.count),
                value.unicodeScalars.count <= Limits.tagValueCharacters
            else {
                throw ServiceError.tags(
                    "Value at 'tags' must have keys of 1 to \(Limits.tagKeyCharacters) characters "
                        + "and values of at most \(Limits.tagValueCharacters)")
            }
            tags.append((key, value))
        }
        return tags
    }
}

extension Store {
    /// - Throws: `TooManyTags`; then none is added.
    func addTags(_ tags: [(key: String, value: String)], to arn: String) throws {
        let present = try database.rows("SELECT key FROM tags WHERE arn = ?", [.text(arn)]) {
            Array($0.text(0).utf8)
        }
        guard Set(present + tags.map { Array($0.key.utf8) }).count <= Limits.tagsPerResource
        else {
            throw ServiceError(
                "TooManyTags", "A resource has at most \(Limits.tagsPerResource) tags: '\(arn)'")
        }
        for (key, value) in tags {
            try database.run(
                "INSERT OR REPLACE INTO tags (arn, key, value) VALUES (?, ?, ?)",
                [.text(arn), .text(key), .text(value)])
        }
    }

    /// - Throws: `ResourceNotFound`.
    fileprivate func checkTaggable(_ arn: String) throws {
        guard try machine(arn: arn) != nil else { throw ServiceError.noResource(arn) }
    }
}

extension ServiceError {
    fileprivate static func noResource(_ arn: String) -> ServiceError {
        ServiceError("ResourceNotFound", "Resource not found: '\(arn)'")
    }

    fileprivate static func tags(_ why: String) -> ServiceError {
        ServiceError("ValidationException", "1 validation error detected: \(why)")
    }
}
