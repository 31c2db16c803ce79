import System
import Testing

/// Where `make static` puts the Lambda executables.
enum StaticExecutables {
    static let directory = "\(Repository.root)/.build/static/release"
    static let areBuilt = (try? FileStatus(of: "\(directory)/arrive")) != nil
    static let names = ["arrive", "validate", "parse-chunk", "seal", "aggregate", "emit"]
}

/// What a Lambda package holds, as `make static` built it. `make test` does that first; without it
/// there is nothing to look at.
@Suite(.enabled(if: StaticExecutables.areBuilt, "run 'make static' first"))
struct StaticExecutableTests {
    /// ELF program headers: https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.pheader.html
    @Test(arguments: StaticExecutables.names)
    func `a Lambda executable asks for no dynamic loader and no library`(_ name: String) throws {
        let bytes = try FileSystem.contents(of: "\(StaticExecutables.directory)/\(name)")
        func number(at offset: Int, bytes count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
        }
        #expect(
            bytes.starts(with: [
                0x7F, UInt8(ascii: "E"), UInt8(ascii: "L"), UInt8(ascii: "F"), 2, 1,
            ]))
        let start = number(at: 32, bytes: 8)
        let size = number(at: 54, bytes: 2)
        let count = number(at: 56, bytes: 2)
        let types = (0..<count).map { number(at: start + $0 * size, bytes: 4) }
        let load = 1
        let dynamic = 2
        let interpreter = 3
        #expect(types.contains(load))
        #expect(!types.contains(dynamic))
        #expect(!types.contains(interpreter))
    }

    /// 20 MB unpacked is about 8 MB as a zip: with more, a cold start is no longer a matter of
    /// milliseconds.
    @Test(arguments: StaticExecutables.names)
    func `a Lambda executable stays small`(_ name: String) throws {
        let status = try #require(try FileStatus(of: "\(StaticExecutables.directory)/\(name)"))
        #expect(status.sizeBytes < 20_000_000)
    }
}
