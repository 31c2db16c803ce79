import Digest

/// The name of a run's execution: `SET-RUN`, in the characters that Step Functions logs.
///
/// A set whose name has others, or is too long, is told apart by a short hash behind what is left of
/// it. See <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>:
/// 80 characters; "to enable logging with CloudWatch Logs, the name should only contain 0-9, A-Z, a-z, -
/// and _".
public struct ExecutionName: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    /// Characters of the set's part at most: with a dash and a run number it has to fit into 80.
    static let maximumSetCharacters = 70
    /// Hexadecimal digits of the hash.
    private static let hashDigits = 8

    public init(fileSet: String, run: Int) {
        description = "\(Self.setPart(of: fileSet))-\(run)"
    }

    /// What all executions of a set have in common, before the dash and the run's number.
    public static func setPart(of fileSet: String) -> String {
        let bytes = fileSet.utf8.map { isAllowed($0) ? $0 : UInt8(ascii: "_") }
        let text = String(decoding: bytes, as: UTF8.self)
        if text == fileSet, bytes.count <= maximumSetCharacters, !bytes.isEmpty { return text }
        let hash = sha256Hexadecimal(fileSet).prefix(hashDigits)
        return "\(text.prefix(maximumSetCharacters - hashDigits - 1))-\(hash)"
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
