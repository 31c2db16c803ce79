import System

/// What an executable's head tells: for which processor it is, and whether it stands alone.
///
/// <https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html>, 64 bits, little-endian.
struct LambdaExecutable {
    /// As Lambda names them.
    enum Architecture: String, CaseIterable { case x86_64, arm64 }

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
        case 62: architecture = .x86_64
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

/// A function's package, as Lambda takes it.
struct LambdaPackage {
    /// Lambda takes 50 MB; more than this is a sign that something went wrong in the build.
    static let maximumBytes = 6_000_000

    /// The function's name.
    var name: String
    var bytes: [UInt8]

    /// Packs each function's executable.
    /// - Parameter directory: where they are, under the functions' names.
    /// - Returns: the packages, and what they run on.
    static func all(
        from directory: String, wanted: LambdaExecutable.Architecture?
    ) throws -> (packages: [LambdaPackage], architecture: LambdaExecutable.Architecture) {
        var packages: [LambdaPackage] = []
        var architecture = wanted
        for name in LocalFunctions.names {
            let path = "\(directory)/\(name)"
            guard try FileStatus(of: path)?.isRegularFile == true else {
                throw CommandError(
                    .unavailable, "\(path): there is no such executable; run: make static")
            }
            let bytes = try FileSystem.contents(of: path)
            guard let executable = LambdaExecutable(bytes) else {
                throw CommandError(.noInput, "\(path): no executable for Linux on x86_64 or arm64")
            }
            guard executable.isStatic else {
                throw CommandError(
                    .noInput, "\(path): wants libraries that Lambda lacks; run: make static")
            }
            guard executable.architecture == architecture ?? executable.architecture else {
                throw CommandError(
                    .noInput,
                    "\(path): built for \(executable.architecture.rawValue), not for "
                        + "\((architecture ?? .x86_64).rawValue)")
            }
            architecture = executable.architecture
            let package = try ZipArchive.containing(executable: bytes, named: "bootstrap")
            guard package.count < maximumBytes else {
                throw CommandError(
                    .failure,
                    "\(path): the package has \(package.count) bytes, "
                        + "\(maximumBytes) or more; was it built with make static?")
            }
            packages.append(LambdaPackage(name: name, bytes: package))
        }
        return (packages, architecture ?? .x86_64)
    }
}
