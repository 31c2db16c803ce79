/// What an executable's head tells: for which processor it is, and whether it stands alone.
///
/// <https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html>, 64 bits, little-endian.
struct LambdaExecutable {
    /// As Lambda names them.
    enum Architecture: String, CaseIterable { case x86 = "x86_64", arm64 }

    var architecture: Architecture
    var isStatic: Bool

    /// Nil when this is no such executable.
    init?(_ bytes: [UInt8]) {
        guard
            bytes.starts(with: [
                0x7F, UInt8(ascii: "E"), UInt8(ascii: "L"), UInt8(ascii: "F"), 2, 1,
            ])
        else { return nil }
        func number(at offset: Int, bytes count: Int) -> Int? {
            guard offset >= 0, offset <= bytes.count - count else { return nil }
            return (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
        }
        switch number(at: 18, bytes: 2) {
        case 62: architecture = .x86
        case 183: architecture = .arm64
        default: return nil
        }
        // An offset of 63 bits or less; the rest is checked where it is used.
        guard let table = number(at: 32, bytes: 8), table >= 0, table < bytes.count,
            let size = number(at: 54, bytes: 2), let count = number(at: 56, bytes: 2)
        else { return nil }
        var needsLoader = false
        for index in 0..<count {
            guard let type = number(at: table + index * size, bytes: 4) else { return nil }
            // PT_INTERP
            if type == 3 { needsLoader = true }
        }
        isStatic = !needsLoader
    }
}
