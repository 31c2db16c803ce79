import JSON
import System

/// Why a function could not be applied to its arguments.
struct IntrinsicFailure: Error {
    let message: String
}

/// The 18 intrinsic functions, by their names after `States.`:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html>.
enum IntrinsicFunction: String, Sendable, Hashable, CaseIterable {
    case format = "Format"
    case stringToJSON = "StringToJson"
    case jsonToString = "JsonToString"
    case array = "Array"
    case arrayPartition = "ArrayPartition"
    case arrayContains = "ArrayContains"
    case arrayRange = "ArrayRange"
    case arrayGetItem = "ArrayGetItem"
    case arrayLength = "ArrayLength"
    case arrayUnique = "ArrayUnique"
    case base64Encode = "Base64Encode"
    case base64Decode = "Base64Decode"
    case hash = "Hash"
    case jsonMerge = "JsonMerge"
    case mathRandom = "MathRandom"
    case mathAdd = "MathAdd"
    case stringSplit = "StringSplit"
    case uuid = "UUID"

    /// How many arguments the function takes.
    var argumentCount: ClosedRange<Int> {
        switch self {
        case .array: 0...Int.max - 1
        case .format: 1...Int.max - 1
        case .uuid: 0...0
        case .stringToJSON, .jsonToString, .arrayLength, .arrayUnique, .base64Encode,
            .base64Decode:
            1...1
        case .arrayPartition, .arrayContains, .arrayGetItem, .hash, .mathAdd, .stringSplit: 2...2
        case .mathRandom: 2...3
        case .arrayRange, .jsonMerge: 3...3
        }
    }

    var argumentCountInWords: String {
        let count = argumentCount
        if count.upperBound == Int.max - 1 { return "at least \(count.lowerBound) arguments" }
        if count.count > 1 { return "\(count.lowerBound) or \(count.upperBound) arguments" }
        return count.lowerBound == 1 ? "1 argument" : "\(count.lowerBound) arguments"
    }

    /// The function's value; the arguments are as many as ``argumentCount`` says.
    func apply(_ arguments: [JSON]) throws(IntrinsicFailure) -> JSON {
        let arguments = IntrinsicArguments(values: arguments)
        switch self {
        case .format: return .string(try Self.format(arguments))
        case .stringToJSON: return try Self.parse(try arguments.string(0))
        case .jsonToString: return .string(arguments[0].serialized())
        case .array: return .array(arguments.values)
        case .arrayPartition: return try Self.partition(arguments)
        case .arrayContains:
            let item = arguments[1]
            return .bool(try arguments.array(0).contains(item))
        case .arrayRange: return try Self.range(arguments)
        case .arrayGetItem: return try Self.item(arguments)
        case .arrayLength: return JSON(try arguments.array(0).count)
        case .arrayUnique: return .array(Self.unique(try arguments.array(0)))
        case .base64Encode:
            return .string(Base64.encode(try arguments.shortString(0).utf8))
        case .base64Decode:
            guard
                let text = Base64.decode(try arguments.shortString(0)).flatMap({
                    String(validating: $0, as: UTF8.self)
                })
            else { throw IntrinsicFailure(message: "The argument is not Base64 of UTF-8 text") }
            return .string(text)
        case .hash: return .string(try Self.hash(arguments))
        case .jsonMerge: return try Self.merge(arguments)
        case .mathRandom: return try Self.random(arguments)
        case .mathAdd: return JSON(try arguments.integer(0) + arguments.integer(1))
        case .stringSplit: return try Self.split(arguments)
        case .uuid: return .string(randomUUID())
        }
    }
}

/// The values a function is applied to, by 0-based position.
struct IntrinsicArguments {
    /// Characters Base64 and Hash take.
    static let shortStringCharacters = 10_000

    let values: [JSON]

    subscript(index: Int) -> JSON { values[index] }

    private func failure(_ index: Int, _ kind: String) -> IntrinsicFailure {
        IntrinsicFailure(message: "Argument \(index + 1) must be \(kind)")
    }

    func string(_ index: Int) throws(IntrinsicFailure) -> String {
        guard let string = values[index].string else { throw failure(index, "a string") }
        return string
    }

    func shortString(_ index: Int) throws(IntrinsicFailure) -> String {
        let string = try string(index)
        guard string.utf16.count <= Self.shortStringCharacters else {
            throw failure(index, "of at most \(Self.shortStringCharacters) characters")
        }
        return string
    }

    func array(_ index: Int) throws(IntrinsicFailure) -> [JSON] {
        guard let array = values[index].array else { throw failure(index, "an array") }
        return array
    }

    func object(_ index: Int) throws(IntrinsicFailure) -> JSONObject {
        guard let object = values[index].object else { throw failure(index, "an object") }
        return object
    }

    /// A number rounded to the nearest integer, halves up as Java does; within 32 bits.
    func integer(_ index: Int) throws(IntrinsicFailure) -> Int {
        guard let number = values[index].double else { throw failure(index, "a number") }
        let rounded = (number + 0.5).rounded(.down)
        guard rounded >= Double(Int32.min), rounded <= Double(Int32.max) else {
            throw failure(index, "from \(Int32.min) to \(Int32.max)")
        }
        return Int(rounded)
    }
}
