extension JSON {
    /// The JSON text; compact, or with two spaces a level when `pretty`. No line break at its end.
    ///
    /// All control characters are escaped, and U+FFFE and U+FFFF too, which SQS refuses in a message.
    public func serialized(pretty: Bool = false) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        write(to: &bytes, pretty: pretty, indent: 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the compact JSON text to `bytes`.
    public func write(to bytes: inout [UInt8]) { write(to: &bytes, pretty: false, indent: 0) }

    /// Bytes of the compact JSON text; nil when they are more than `limit`. Stops there, and needs no
    /// memory for the text.
    public func utf8Count(atMost limit: Int) -> Int? {
        var left = limit
        return takeBytes(from: &left) ? limit - left : nil
    }

    private func takeBytes(from left: inout Int) -> Bool {
        switch self {
        case .null: left -= 4
        case .bool(let value): left -= value ? 4 : 5
        case .number(let number): left -= number.text.utf8.count
        case .string(let text): JSON.takeBytes(of: text, from: &left)
        case .array(let elements):
            left -= 2 + max(elements.count - 1, 0)
            for element in elements where left >= 0 {
                guard element.takeBytes(from: &left) else { return false }
            }
        case .object(let object):
            left -= 2 + max(object.count - 1, 0)
            for (name, value) in object where left >= 0 {
                JSON.takeBytes(of: name, from: &left)
                left -= 1
                guard value.takeBytes(from: &left) else { return false }
            }
        }
        return left >= 0
    }

    /// As ``write(_:to:)`` would write it.
    private static func takeBytes(of text: String, from left: inout Int) {
        left -= 2 + text.utf8.count
        guard left >= 0 else { return }
        var last: (UInt8, UInt8) = (0, 0)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x0A, 0x0D, 0x09: left -= 1
            case 0..<0x20, 0x7F: left -= 5
            case 0xBE, 0xBF: if last == (0xEF, 0xBF) { left -= 3 }
            default: break
            }
            last = (last.1, byte)
        }
    }

    private func write(to bytes: inout [UInt8], pretty: Bool, indent: Int) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let number): bytes.append(contentsOf: number.text.utf8)
        case .string(let text): JSON.write(text, to: &bytes)
        case .array(let elements):
            JSON.writeList(elements, "[", "]", to: &bytes, pretty: pretty, indent: indent) {
                $0.write(to: &$1, pretty: pretty, indent: indent + 1)
            }
        case .object(let object):
            JSON.writeList(Array(object), "{", "}", to: &bytes, pretty: pretty, indent: indent) {
                JSON.write($0.name, to: &$1)
                $1.append(contentsOf: (pretty ? ": " : ":").utf8)
                $0.value.write(to: &$1, pretty: pretty, indent: indent + 1)
            }
        }
    }

    private static func writeList<Element>(
        _ elements: [Element], _ open: String, _ close: String, to bytes: inout [UInt8],
        pretty: Bool, indent: Int, each: (Element, inout [UInt8]) -> Void
    ) {
        func breakLine(_ level: Int, _ bytes: inout [UInt8]) {
            guard pretty, !elements.isEmpty else { return }
            bytes.append(UInt8(ascii: "\n"))
            bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * level))
        }
        bytes.append(contentsOf: open.utf8)
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            breakLine(indent + 1, &bytes)
            each(element, &bytes)
        }
        breakLine(indent, &bytes)
        bytes.append(contentsOf: close.utf8)
    }

    /// Appends `text` as a JSON string with its quotes.
    public static func write(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            var clean = 0
            for (index, byte) in utf8.enumerated() {
                let escaped: String
                switch byte {
                case UInt8(ascii: "\""): escaped = "\\\""
                case UInt8(ascii: "\\"): escaped = "\\\\"
                case 0x0A: escaped = "\\n"
                case 0x0D: escaped = "\\r"
                case 0x09: escaped = "\\t"
                case 0..<0x20, 0x7F: escaped = "\\u00" + hex(byte)
                case 0xBE, 0xBF:
                    guard index >= 2, utf8[index - 2] == 0xEF, utf8[index - 1] == 0xBF else {
                        continue
                    }
                    bytes.append(contentsOf: utf8[clean..<index - 2])
                    bytes.append(contentsOf: "\\uff\(hex(byte == 0xBE ? 0xFE : 0xFF))".utf8)
                    clean = index + 1
                    continue
                default: continue
                }
                bytes.append(contentsOf: utf8[clean..<index])
                bytes.append(contentsOf: escaped.utf8)
                clean = index + 1
            }
            bytes.append(contentsOf: utf8[clean...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func hex(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
