import HTTP
import Digest
import PythonEnvironment
import System
import Testing

@testable import AWSClient

/// AWS's documented examples, and its test suite where it is at hand.
@Suite struct SigV4Tests {
    // <https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-test-suite.html>
    private static let suite = AWSCredentials(
        accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    // <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
    private static let s3 = AWSCredentials(
        accessKeyID: "AKIAIOSFODNN7EXAMPLE",
        secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    /// 2015-08-30T12:36:00Z.
    private static let time2015 = Timestamp(milliseconds: 1_440_938_160_000)
    /// 2013-05-24T00:00:00Z.
    private static let time2013 = Timestamp(milliseconds: 1_369_353_600_000)
    private static func hash(_ text: String) -> String { sha256Hexadecimal(text) }

    @Test func `the IAM example, step by step`() throws {
        let signer = SigV4(credentials: Self.suite, region: "us-east-1", service: "iam")
        var request = HTTPRequest(
            "GET", "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
            headers: ["content-type": "application/x-www-form-urlencoded; charset=utf-8"])
        #expect(
            Hexadecimal.encode(signer.signingKey(dateTime: "20150830T123600Z"))
                == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9")
        signer.sign(&request, payloadHash: Self.hash(""), at: Self.time2015)
        let expected =
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
            + "SignedHeaders=content-type;host;x-amz-date, "
            + "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        #expect(request.headers["Authorization"] == expected)
    }

    @Test(arguments: [
        (
            HTTPRequest(
                "GET", "https://examplebucket.s3.amazonaws.com/test.txt",
                headers: ["Range": "bytes=0-9"]), "",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        ),
        (
            HTTPRequest(
                "PUT", "https://examplebucket.s3.amazonaws.com/test%24file.text",
                headers: [
                    "Date": "Fri, 24 May 2013 00:00:00 GMT",
                    "x-amz-storage-class": "REDUCED_REDUNDANCY",
                ]), "Welcome to Amazon S3.",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        ),
        (
            HTTPRequest("GET", "https://examplebucket.s3.amazonaws.com:443/?lifecycle"), "",
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
        ),
        (
            HTTPRequest("GET", "https://examplebucket.s3.amazonaws.com/?prefix=J&max-keys=2"), "",
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        ),
    ])
    func `the S3 examples`(request: HTTPRequest, body: String, signature: String) {
        var request = request
        SigV4(credentials: Self.s3, region: "us-east-1", service: "s3")
            .sign(&request, payloadHash: Self.hash(body), at: Self.time2013)
        #expect(request.headers["Authorization"]?.hasSuffix("Signature=\(signature)") == true)
        #expect(request.headers["x-amz-content-sha256"] == Self.hash(body))
    }

    @Test func `a session token is sent and signed`() {
        var credentials = Self.suite
        credentials.sessionToken = "token"
        var request = HTTPRequest("POST", "https://sqs.eu-west-1.amazonaws.com/")
        SigV4(credentials: credentials, region: "eu-west-1", service: "sqs")
            .sign(&request, payloadHash: Self.hash(""), at: Self.time2015)
        #expect(request.headers["X-Amz-Security-Token"] == "token")
        let authorization = request.headers["Authorization"] ?? ""
        #expect(authorization.contains("SignedHeaders=host;x-amz-date;x-amz-security-token,"))
    }

    /// AWS has 34 cases: <https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-test-suite.html>.
    @Test func `AWS's own suite`() throws {
        guard let root = try PythonEnvironment.signatureSuite() else { return }
        func requests(in directory: String) throws -> [String] {
            try FileSystem.names(in: directory).flatMap { name throws -> [String] in
                let path = "\(directory)/\(name)"
                if name.hasSuffix(".req") { return [String(path.dropLast(4))] }
                return try FileStatus(of: path)?.isDirectory == true ? requests(in: path) : []
            }
        }
        let cases = try requests(in: root)
        #expect(cases.count == 34)
        for path in cases { try checkCase(path) }
    }

    private func checkCase(_ path: String) throws {
        func text(_ end: String) throws -> String {
            String(decoding: try FileSystem.contents(of: path + end), as: UTF8.self)
                .split(separator: "\r\n", omittingEmptySubsequences: false).joined(separator: "\n")
        }
        let parts = try text(".req").split(separator: "\n\n", maxSplits: 1)
        var lines = parts[0].split(separator: "\n")
        let first = lines.removeFirst()
        let method = String(first.prefix { $0 != " " })
        let target = first.dropFirst(method.count + 1).dropLast(" HTTP/1.1".count)
        var request = HTTPRequest(method, "https://example.amazonaws.com\(target)")
        var fields: [(name: String, value: String)] = []
        for line in lines {
            if line.hasPrefix(" ") {
                // A folded line (RFC 9112 §5.2): its recipient puts spaces in place of the break.
                fields[fields.count - 1].value += line
            } else {
                let colon = line.firstIndex(of: ":")!
                fields.append(
                    (String(line[..<colon]), String(line[line.index(after: colon)...])))
            }
        }
        for field in fields { request.headers.append(field.name, field.value) }
        // One case leaves it to the signer to add the token.
        let token = try text(".creq").split(separator: "\n")
            .first { $0.hasPrefix("x-amz-security-token:") }
        if let token, request.headers["X-Amz-Security-Token"] == nil {
            request.headers["X-Amz-Security-Token"] = String(token.dropFirst(21))
        }
        let date = try #require(request.headers["X-Amz-Date"])
        let signer = SigV4(credentials: Self.suite, region: "us-east-1", service: "service")
        let canonical = signer.canonicalRequest(
            request, payloadHash: Self.hash(parts.count > 1 ? String(parts[1]) : ""))
        #expect(try canonical.text == text(".creq"), "\(path)")
        let string = signer.stringToSign(canonicalRequest: canonical.text, dateTime: date)
        #expect(try string == text(".sts"), "\(path)")
        let signature = signer.signature(stringToSign: string, dateTime: date)
        #expect(try text(".authz").hasSuffix("Signature=\(signature)"), "\(path)")
    }
}
