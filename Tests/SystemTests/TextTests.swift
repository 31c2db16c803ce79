import System
import Testing

struct PercentEncodingTests {
    @Test(arguments: [
        ("", ""), ("aZ09-._~", "aZ09-._~"), ("a b/ü+", "a%20b%2F%C3%BC%2B"), ("%41", "%2541"),
        ("\u{0}\u{7F}", "%00%7F"),
    ])
    func `what is not kept is encoded, and decoding gives it back`(text: String, encoded: String) {
        #expect(
            PercentEncoding.encode(text.utf8, keeping: PercentEncoding.unreserved) == encoded)
        #expect(PercentEncoding.decode(encoded.utf8) == Array(text.utf8))
        #expect(PercentEncoding.decodeStrictly(encoded.utf8) == Array(text.utf8))
    }

    @Test func `every byte comes back`() {
        let bytes = Array(UInt8.min ... .max)
        let encoded = PercentEncoding.encode(bytes, keeping: "")
        #expect(encoded.utf8.count == 3 * 256)
        #expect(PercentEncoding.decode(encoded.utf8) == bytes)
        #expect(PercentEncoding.decode(encoded.lowercased().utf8) == bytes)
    }

    @Test(arguments: ["%", "%4", "a%4x", "%+1", "%%41"])
    func `a stray percent sign stays, or makes the whole invalid`(text: String) {
        #expect(PercentEncoding.decodeStrictly(text.utf8) == nil)
        let kept = text == "%%41" ? "%A" : text
        #expect(PercentEncoding.decode(text.utf8) == Array(kept.utf8))
    }
}

struct ASCIISetTests {
    @Test func `a set has its characters and no others`() {
        let set = ASCIISet.digits.union("\u{0}?@\u{7F}")
        for byte in UInt8.min ... .max {
            #expect(set.contains(byte) == "0123456789\u{0}?@\u{7F}".utf8.contains(byte))
        }
    }

    @Test(arguments: [("", true), ("aZ9", true), ("a-", false), ("é", false), ("a\u{0}", false)])
    func `a text is looked at whole`(text: String, isInside: Bool) {
        #expect(ASCIISet.lettersAndDigits.contains(allOf: text) == isInside)
    }
}

struct HexadecimalTests {
    @Test func `two digits a byte, in lower case`() {
        #expect(Hexadecimal.encode([0, 0x0F, 0xA0, 0xFF]) == "000fa0ff")
        #expect(Hexadecimal.encode([]) == "")
    }
}
