import HTTP
import LoopbackServer
import System
import Testing

@testable import AWSClient

@Suite struct S3MultipartTests {
    private func s3(_ server: LoopbackServer) -> S3 {
        S3(
            AWSClient(
                AWSConfiguration(endpointURL: server.origin),
                retries: RetryPolicy(pause: { _ in }, random: { 0 })))
    }

    @Test func `an upload is begun, filled and completed with checksums`() throws {
        let server = LoopbackServer { request in
            switch (request.method, request.target) {
            case ("POST", "/bucket/k?uploads="):
                return .text(
                    200,
                    "<InitiateMultipartUploadResult><UploadId>u/1</UploadId></InitiateMultipartUploadResult>"
                )
            case ("PUT", "/bucket/k?partNumber=1&uploadId=u%2F1"):
                return .response(200, ["ETag": "\"e1\""])
            case ("POST", "/bucket/k?uploadId=u%2F1"):
                return .text(
                    200,
                    "<CompleteMultipartUploadResult><ETag>&quot;w-1&quot;</ETag></CompleteMultipartUploadResult>"
                )
            default: return .text(400, request.target)
            }
        }
        let s3 = s3(server)
        let id = try s3.createMultipartUpload(bucket: "bucket", key: "k")
        let part = try Array("abc".utf8).withUnsafeBytes {
            try s3.uploadPart(bucket: "bucket", key: "k", uploadID: id, number: 1, bytes: $0)
        }
        let checksum = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
        #expect(
            part == S3Part(number: 1, eTag: "e1", sizeBytes: 3, checksumSHA256: checksum))
        let object = try s3.completeMultipartUpload(
            bucket: "bucket", key: "k", uploadID: id, parts: [part], condition: .isMissing)
        #expect(object.eTag == "w-1" && object.sizeBytes == 3)
        #expect(server.requests[1].headers["x-amz-checksum-sha256"] == checksum)
        #expect(server.requests[2].headers["If-None-Match"] == "*")
        #expect(
            server.requests[2].text
                == "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                + "<Part><PartNumber>1</PartNumber><ETag>&quot;e1&quot;</ETag>"
                + "<ChecksumSHA256>\(checksum)</ChecksumSHA256></Part></CompleteMultipartUpload>")
    }

    @Test func `an error within an answer of status 200 is one`() throws {
        let count = Monitor(0)
        let server = LoopbackServer { _ in
            let number = count.withLock { count in
                count += 1
                return count
            }
            return .text(
                200,
                number < 3
                    ? "<Error><Code>InternalError</Code><Message>again</Message></Error>"
                    : "<Error><Code>InvalidPart</Code><Message>no</Message></Error>")
        }
        let error = #expect(throws: AWSError.self) {
            try s3(server).completeMultipartUpload(
                bucket: "bucket", key: "k", uploadID: "u", parts: [])
        }
        #expect(error?.code == "InvalidPart" && server.requests.count == 3)
    }

    @Test func `the parts are listed to the last page`() throws {
        @Sendable func page(_ number: Int, _ next: String) -> String {
            """
            <ListPartsResult>\(next)<Part><PartNumber>\(number)</PartNumber><ETag>"e\(number)"</ETag>
            <Size>5</Size></Part></ListPartsResult>
            """
        }
        let server = LoopbackServer { request in
            request.target.contains("part-number-marker=1")
                ? .text(200, page(2, "<IsTruncated>false</IsTruncated>"))
                : .text(
                    200,
                    page(
                        1,
                        "<NextPartNumberMarker>1</NextPartNumberMarker><IsTruncated>true</IsTruncated>"
                    ))
        }
        let parts = try s3(server).listParts(bucket: "bucket", key: "k", uploadID: "u")
        #expect(
            parts == [
                S3Part(number: 1, eTag: "e1", sizeBytes: 5),
                S3Part(number: 2, eTag: "e2", sizeBytes: 5),
            ])
    }

    @Test(arguments: ["", "<ListPartsResult>", "<ListPartsResult></ListPartsResult>"])
    func `a listing of parts that is none is an error`(text: String) {
        let server = LoopbackServer { _ in .text(200, text) }
        let error = #expect(throws: AWSError.self) {
            try s3(server).listParts(bucket: "bucket", key: "k", uploadID: "u")
        }
        #expect(error?.code == "InvalidAnswer")
    }

    @Test(arguments: [
        "", "<X><Upload><Key>k</Key></Upload></X>", "<ListMultipartUploadsResult><Upload>",
    ])
    func `a listing of uploads that is none is an error`(text: String) {
        let server = LoopbackServer { _ in .text(200, text) }
        let error = #expect(throws: AWSError.self) {
            try s3(server).listMultipartUploads(bucket: "bucket", prefix: "")
        }
        #expect(error?.code == "InvalidAnswer")
    }

    @Test func `uploads under way are listed`() throws {
        let server = LoopbackServer { _ in
            .text(
                200,
                "<ListMultipartUploadsResult><Upload><Key>a+b%2F</Key><UploadId>u</UploadId>"
                    + "</Upload></ListMultipartUploadsResult>")
        }
        let uploads = try s3(server).listMultipartUploads(bucket: "bucket", prefix: "a b")
        #expect(uploads == [S3Upload(key: "a b/", uploadID: "u")])
    }

    @Test func `an upload that is gone is aborted already`() throws {
        let server = LoopbackServer { _ in .text(404, "<Error><Code>NoSuchUpload</Code></Error>") }
        try s3(server).abortMultipartUpload(bucket: "bucket", key: "k", uploadID: "u")
    }

    @Test(arguments: [
        ("https://s3.eu-west-1.amazonaws.com", false), ("http://127.0.0.1:4566", true),
        ("http://localhost:1", true), ("http://minio:9000", true), ("http://[::1]:1", true),
        ("http://s3.localhost:4566", true), ("https://objects.example.com", false),
        ("https://10.0.0.1", true),
    ])
    func `an endpoint that is an address keeps the bucket in the path`(url: String, isPath: Bool)
        throws
    {
        let s3 = S3(AWSClient(AWSConfiguration(endpointURL: url)))
        let request = try s3.getObjectRequest(bucket: "bucket", key: "k")
        let host = URLParts(url).authority
        #expect(
            request.transfer.request.url
                == (isPath ? "\(url)/bucket/k" : "https://bucket.\(host)/k"))
    }
}
