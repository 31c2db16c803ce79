import JSON
public import System

/// Access keys, with a session token when they are temporary. Their description tells no secret.
public struct AWSCredentials: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    public var accessKeyID: String
    public var secretAccessKey: String
    public var sessionToken: String?
    /// When they cease to be accepted; nil when they do not, or nobody said so.
    public var expiration: Timestamp?

    public init(
        accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil,
        expiration: Timestamp? = nil
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
    }

    public var description: String { "credentials of \(accessKeyID)" }
    /// Keeps the secrets out of `dump` and of a debugger's listing.
    public var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID]) }
}

extension AWSCredentials {
    /// Reads the JSON that the container endpoint, the instance's metadata and a `credential_process`
    /// answer with.
    /// - Parameters:
    ///   - tokenName: the token's member, `Token` or `SessionToken`.
    ///   - source: who answered, for the error.
    /// - Throws: code `InvalidCredentials`; nothing of the text is repeated in it.
    init(parsing text: [UInt8], tokenName: String, source: String) throws(AWSError) {
        func invalid(_ message: String) -> AWSError {
            AWSError("InvalidCredentials", message, source)
        }
        guard let json = try? JSON(parsing: text), json.object != nil else {
            throw invalid("the answer is no JSON object")
        }
        if let code = json["Code"]?.string, code != "Success" {
            throw invalid("the answer's code is \(code.prefix(100).debugDescription)")
        }
        guard let id = json["AccessKeyId"]?.string, !id.isEmpty,
            let secret = json["SecretAccessKey"]?.string, !secret.isEmpty
        else { throw invalid("the answer lacks AccessKeyId or SecretAccessKey") }
        self.init(
            accessKeyID: id, secretAccessKey: secret,
            sessionToken: json[tokenName]?.string.flatMap { $0.isEmpty ? nil : $0 })
        guard let expires = json["Expiration"]?.string else { return }
        guard let time = Timestamp(rfc3339: expires) else {
            throw invalid("the answer's Expiration is no time")
        }
        expiration = time
    }
}
