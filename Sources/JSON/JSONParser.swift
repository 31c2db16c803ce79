/// Why a text is not JSON, and where.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    public let message: String
    /// 0-based offset of the offending byte in the UTF-8 text.
    public let byteOffset: Int
    /// 1-based.
    public let line: Int

    public var description: String { "\(message) at line \(line), byte \(byteOffset)" }
}

extension JSON {
    /// How deep arrays and objects may nest.
    public static let maximumDepth = 256

    /// Parses one JSON text (RFC 8259), strictly: no comments, no trailing commas, nothing after it.
    ///
    /// What RFC 8259 leaves open is decided thus: a repeated member name is refused (§4); a lone
    /// surrogate escape is refused (§8.2); numbers of any size are kept as written (§6); nesting is
    /// limited to ``maximumDepth`` (§9); a byte order mark is refused (§8.1).
    /// - Throws: ``JSONError`` with the place of the first offence.
    public init(parsing text: some Sequence<UInt8>) throws(JSONError) {
        var parser = JSONParser(Array(text))
        self = try parser.document()
    }

    /// Parses one JSON text; see ``init(parsing:)-(Sequence<UInt8>)``.
    public init(parsing text: String) throws(JSONError) {
        try self.init(parsing: text.utf8)
    }
}

/// Recursive descent over the bytes of one text.
private struct JSONParser {
    private let bytes: [UInt8]
    private var at = 0
    private var depth = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private func failure(_ message: String, at offset: Int? = nil) -> JSONError {
        let offset = min(offset ?? at, bytes.count)
        let line = bytes[..<offset].count { $0 == UInt8(ascii: "\n") } + 1
        return JSONError(message: message, byteOffset: offset, line: line)
    }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            at += 1
        }
    }

    mutating func document() throws(JSONError) -> JSON {
        let value = try self.value()
        skipSpace()
        if at < bytes.count { throw failure("text after the end of the value") }
        return value
    }

    private mutating func value() throws(JSONError) -> JSON {
        skipSpace()
        guard let byte = next else { throw failure("a value is missing") }
        switch byte {
        case UInt8(ascii: "{"):
            return try nested { parser throws(JSONError) in try parser.object() }
        case UInt8(ascii: "["): return try nested { parser throws(JSONError) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw failure("a value cannot start with byte 0x\(String(byte, radix: 16))")
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(JSONError) -> JSON
    ) throws(JSONError) -> JSON {
        depth += 1
        guard depth <= JSON.maximumDepth else {
            throw failure("nested deeper than \(JSON.maximumDepth)")
        }
        at += 1
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func literal(_ word: String, _ value: JSON) throws(JSONError) -> JSON {
        guard bytes[at...].starts(with: word.utf8) else { throw failure("not a literal name") }
        at += word.utf8.count
        return value
    }

    private mutating func object() throws(JSONError) -> JSON {
        var object = JSONObject()
        skipSpace()
        if next == UInt8(ascii: "}") {
            at += 1
            return .object(object)
        }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw failure("a member name is missing") }
            let nameAt = at
            let name = try string()
            guard object[name] == nil else {
                throw failure("the member name \"\(name)\" is repeated", at: nameAt)
            }
            skipSpace()
            guard next == UInt8(ascii: ":") else { throw failure("':' is missing") }
            at += 1
            object[name] = try value()
            skipSpace()
            switch next {
            case UInt8(ascii: ","): at += 1
            case UInt8(ascii: "}"):
                at += 1
                return .object(object)
            default: throw failure("',' or '}' is missing")
            }
        }
    }

    private mutating func array() throws(JSONError) -> JSON {
        var elements: [JSON] = []
        skipSpace()
        if next == UInt8(ascii: "]") {
            at += 1
            return .array(elements)
        }
        while true {
            elements.append(try value())
            skipSpace()
            switch next {
            case UInt8(ascii: ","): at += 1
            case UInt8(ascii: "]"):
                at += 1
                return .array(elements)
            default: throw failure("',' or ']' is missing")
            }
        }
    }

    private mutating func number() throws(JSONError) -> JSON {
        let start = at
        if next == UInt8(ascii: "-") { at += 1 }
        let firstDigit = next
        let integerDigits = digits()
        if integerDigits == 0 { throw failure("a digit is missing") }
        if integerDigits > 1, firstDigit == UInt8(ascii: "0") {
            throw failure("a number cannot start with 0", at: start)
        }
        if next == UInt8(ascii: ".") {
            at += 1
            if digits() == 0 { throw failure("a digit is missing") }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            at += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { at += 1 }
            if digits() == 0 { throw failure("a digit is missing") }
        }
        return .number(JSONNumber(unchecked: String(decoding: bytes[start..<at], as: UTF8.self)))
    }

    private mutating func digits() -> Int {
        let start = at
        while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { at += 1 }
        return at - start
    }

    private mutating func string() throws(JSONError) -> String {
        at += 1
        var start = at
        var unescaped: [UInt8]?
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                let tail = bytes[start..<at]
                at += 1
                guard let text = String(validating: (unescaped ?? []) + tail, as: UTF8.self) else {
                    throw failure("invalid UTF-8 in a string", at: start)
                }
                return text
            case UInt8(ascii: "\\"):
                unescaped = (unescaped ?? []) + bytes[start..<at]
                unescaped?.append(contentsOf: try escape())
                start = at
            case 0..<0x20: throw failure("an unescaped control character in a string")
            default: at += 1
            }
        }
        throw failure("a string is not closed")
    }

    private mutating func escape() throws(JSONError) -> [UInt8] {
        let start = at
        at += 1
        guard let byte = next else { throw failure("an escape is cut off") }
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return try unicodeEscape(start)
        default: throw failure("an unknown escape", at: start)
        }
    }

    private mutating func unicodeEscape(_ start: Int) throws(JSONError) -> [UInt8] {
        var code = UInt32(try hexUnit())
        if code & 0xFC00 == 0xD800, bytes[at...].starts(with: [0x5C, 0x75]) {
            at += 2
            let low = UInt32(try hexUnit())
            guard low & 0xFC00 == 0xDC00 else { throw failure("a lone surrogate", at: start) }
            code = 0x10000 + (code & 0x3FF) << 10 + (low & 0x3FF)
        }
        guard let scalar = Unicode.Scalar(code) else {
            throw failure("a lone surrogate", at: start)
        }
        return Array(String(Character(scalar)).utf8)
    }

    private mutating func hexUnit() throws(JSONError) -> UInt16 {
        guard at + 4 <= bytes.count else { throw failure("an escape is cut off") }
        var unit: UInt16 = 0
        for byte in bytes[at..<at + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw failure("not four hexadecimal digits")
            }
            unit = unit << 4 | UInt16(digit)
        }
        at += 4
        return unit
    }
}
