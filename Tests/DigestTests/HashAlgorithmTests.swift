import Digest
import System
import Testing

/// Against the examples of RFC 1321 §A.5, FIPS 180-4 and RFC 4231 §4.3.
struct HashAlgorithmTests {
    @Test(arguments: [
        (HashAlgorithm.md5, "900150983cd24fb0d6963f7d28e17f72"),
        (.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            .sha384,
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                + "8086072ba1e7cc2358baeca134c825a7"
        ),
        (
            .sha512,
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
    ])
    func `the digest of abc is the standard's`(algorithm: HashAlgorithm, digits: String) {
        #expect(Hexadecimal.encode(algorithm.digest(of: "abc".utf8)) == digits)
    }

    @Test func `nothing has a digest, too`() {
        #expect(md5Hexadecimal([]) == "d41d8cd98f00b204e9800998ecf8427e")
        #expect(
            sha256Hexadecimal("")
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test func `a text is authenticated with a key`() {
        #expect(
            Hexadecimal.encode(hmacSHA256(key: Array("Jefe".utf8), "what do ya want for nothing?"))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }
}
