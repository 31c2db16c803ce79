#if canImport(Glibc)
import Glibc
#endif

/// That many bytes from the system's generator, as lower-case hexadecimal digits.
public func randomHexadecimal(bytes count: Int) -> String {
    var generator = SystemRandomNumberGenerator()
    return Hexadecimal.encode(
        (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
}

/// A random (version 4) UUID in its lower-case text form, RFC 9562 §5.4.
public func randomUUID() -> String {
    var digits = Array(randomHexadecimal(bytes: 16).utf8)
    digits[12] = UInt8(ascii: "4")
    digits[16] = Array("89ab".utf8)[Int(digits[16]) & 3]
    var text: [UInt8] = []
    for (index, digit) in digits.enumerated() {
        if [8, 12, 16, 20].contains(index) { text.append(UInt8(ascii: "-")) }
        text.append(digit)
    }
    return String(decoding: text, as: UTF8.self)
}

/// The value of an environment variable; nil when it is not set.
public func environmentVariable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}
