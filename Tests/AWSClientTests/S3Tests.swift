import HTTP
import JSON
import LoopbackServer
import Testing

@testable import AWSClient

@Suite struct S3Tests {
    private func s3(_ server: LoopbackServer) -> S3 {
        S3(AWSClient(AWSConfiguration(endpointURL: server.origin, maximumAttempts: 1)))
    }

    @Test func `keys are encoded byte by byte, and nothing is resolved`() throws {
        let server = LoopbackServer { _ in .response(200, ["ETag": "\"e\"", "Content-Length": "7"])
        }
        let object = try s3(server).headObject(
            bucket: "bucket", key: "a/../b c+é%2F'/", versionID: "v/1")
        #expect(object?.eTag == "e")
        #expect(object?.sizeBytes == 7)
        #expect(object?.versionID == nil)
        #expect(
            server.requests.map(\.target)
                == ["/bucket/a/../b%20c%2B%C3%A9%252F%27/?versionId=v%2F1"])
    }

    @Test(arguments: [
        ("eu-west-1", "my-bucket", "https://my-bucket.s3.eu-west-1.amazonaws.com/k"),
        ("eu-west-1", "my.bucket", "https://s3.eu-west-1.amazonaws.com/my.bucket/k"),
    ])
    func `buckets are addressed by host where that can be`(
        region: String, bucket: String, url: String
    ) throws {
        let s3 = S3(AWSClient(AWSConfiguration(region: region)))
        let request = try s3.getObjectRequest(bucket: bucket, key: "k", range: 5..<10, ifMatch: "e")
        #expect(request.transfer.request.url == url)
        #expect(request.transfer.request.headers["Range"] == "bytes=5-9")
        #expect(request.transfer.request.headers["If-Match"] == "\"e\"")
    }

    @Test(arguments: ["", "ab", "a/b", "a?b", "a@b.example", "a#b"])
    func `names that are no bucket are refused`(bucket: String) {
        let s3 = S3(AWSClient(AWSConfiguration(region: "eu-west-1")))
        #expect(throws: AWSError.self) { try s3.getObjectRequest(bucket: bucket, key: "k") }
    }

    @Test func `an object is put from the caller's memory`() throws {
        let server = LoopbackServer { _ in
            .response(200, ["ETag": "\"e1\"", "x-amz-version-id": "v1"])
        }
        let object = try Array("abc".utf8).withUnsafeBytes {
            try s3(server).putObject(bucket: "bucket", key: "k", bytes: $0)
        }
        #expect(object == S3Object(key: "k", sizeBytes: 3, eTag: "e1", versionID: "v1"))
        #expect(server.requests.map(\.text) == ["abc"])
        #expect(server.requests[0].method == "PUT")
    }

    @Test func `a listing is followed to its last page`() throws {
        let pages = [
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>
            <Prefix>p</Prefix><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
            <NextContinuationToken>t+/=</NextContinuationToken><Contents><Key>p/a+b%2Bc</Key>
            <ETag>&quot;e&#49;&quot;</ETag><Size>12</Size><Owner><ID>x</ID></Owner></Contents>
            </ListBucketResult>
            """,
            """
            <ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>
            <Contents><Key>p/%C3%A9</Key><Size>0</Size></Contents><Contents><Key>p/z</Key>
            <Size>1</Size></Contents><CommonPrefixes/></ListBucketResult>
            """,
        ]
        let server = LoopbackServer { request in
            .response(200, [:], Array(pages[request.target.contains("continuation") ? 1 : 0].utf8))
        }
        let objects = try s3(server).listObjectsV2(bucket: "bucket", prefix: "p/ü")
        #expect(
            objects == [
                S3Object(key: "p/a b+c", sizeBytes: 12, eTag: "e1"),
                S3Object(key: "p/é", sizeBytes: 0), S3Object(key: "p/z", sizeBytes: 1),
            ])
        #expect(
            server.requests.map(\.target) == [
                "/bucket/?encoding-type=url&list-type=2&prefix=p%2F%C3%BC",
                "/bucket/?encoding-type=url&list-type=2&prefix=p%2F%C3%BC"
                    + "&continuation-token=t%2B%2F%3D",
            ])
    }

    @Test(arguments: [
        "", "<ListBucketResult>",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        "<!DOCTYPE x><ListBucketResult></ListBucketResult>", "<a></b>", "<a>&unknown;</a>",
    ])
    func `a listing that is none is an error, not an empty bucket`(text: String) {
        let server = LoopbackServer { _ in .response(200, [:], Array(text.utf8)) }
        let error = #expect(throws: AWSError.self) {
            try s3(server).listObjectsV2(bucket: "bucket", prefix: "")
        }
        #expect(error?.code == "InvalidAnswer")
    }

    @Test(arguments: [
        (
            404, "<Error><Code>NoSuchBucket</Code><Message>a &lt;b&gt;</Message></Error>",
            "NoSuchBucket", "a <b>"
        ),
        (404, "", "NoSuchKey", "status 404"), (403, "<html>no", "AccessDenied", "status 403"),
        (412, "", "PreconditionFailed", "status 412"),
    ])
    func `errors are read from XML or from the status`(
        status: Int, body: String, code: String, message: String
    ) throws {
        let server = LoopbackServer { _ in
            .response(status, ["x-amz-request-id": "r"], Array(body.utf8))
        }
        let error = try #require(
            #expect(throws: AWSError.self) {
                try s3(server).deleteObject(bucket: "bucket", key: "k")
            })
        #expect((error.code, error.message, error.requestID) == (code, message, "r"))
        #expect(error.operation == "S3 DeleteObject")
    }

    @Test func `a listing that does not come to an end is an error`() {
        let server = LoopbackServer { _ in
            .text(
                200,
                "<ListBucketResult><IsTruncated>true</IsTruncated>"
                    + "<NextContinuationToken>t</NextContinuationToken></ListBucketResult>")
        }
        let error = #expect(throws: AWSError.self) {
            try s3(server).listObjectsV2(bucket: "bucket", prefix: "")
        }
        #expect(error?.code == "InvalidAnswer" && server.requests.count == 2)
    }

    @Test func `random answers are read or refused`() {
        let seed = UInt64.random(in: 0 ... .max)
        var state = seed
        let pieces = [
            "<ListBucketResult>", "</ListBucketResult>", "<ListPartsResult>", "</ListPartsResult>",
            "<Contents>", "</Contents>", "<Part>", "</Part>", "<Key>", "</Key>", "<Size>",
            "</Size>", "<Error>", "</Error>", "<Code/>", "&amp;", "&#x110000;", "&#65;", "&", "<",
            ">", "<!--", "-->", "<?x?>", "7", "true", "<IsTruncated>", "</IsTruncated>", "\u{0}",
        ]
        for _ in 0..<5000 {
            var text = ""
            for _ in 0..<12 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += pieces[Int(state >> 33) % pieces.count]
            }
            let bytes = Array(text.utf8)
            if let listing = S3Listing(bytes) {
                #expect(listing.objects.count <= 12, "seed \(seed)")
            }
            if let parts = S3PartListing(bytes) {
                #expect(parts.parts.count <= 12, "seed \(seed)")
            }
        }
    }

    @Test func `an object that is not there is nil`() throws {
        let server = LoopbackServer { _ in .response(404) }
        #expect(try s3(server).headObject(bucket: "bucket", key: "k") == nil)
    }
}
