import HTTP
import JSON
import LoopbackServer
import PythonEnvironment
import System
import Testing

@testable import AWSClient

/// Signatures as moto checks them, with users and roles that it knows.
@Suite struct SignedRequestTests {
    private static func client(
        _ moto: MotoServer, _ credentials: AWSCredentials
    ) -> AWSClient {
        AWSClient(
            AWSConfiguration(
                region: "us-east-1", credentials: credentials, endpointURL: moto.origin),
            retries: RetryPolicy(pause: { _ in }, random: { 0 }))
    }

    /// Calls an operation of IAM, which has no other use here.
    /// - Returns: the answer's texts by the name of their element.
    private static func iam(
        _ moto: MotoServer, _ parameters: [(String, String)]
    ) throws -> [String: String] {
        let body = ([("Version", "2010-05-08")] + parameters)
            .map { "\($0.0)=\(uriEncoded($0.1.utf8))" }.joined(separator: "&")
        let answer = try HTTPClient().perform(
            HTTPRequest(
                "POST", moto.origin,
                headers: [
                    "Content-Type": "application/x-www-form-urlencoded",
                    // Tells moto which service is meant; nobody checks it yet.
                    "Authorization": "AWS4-HMAC-SHA256 Credential=x/20260105/us-east-1/iam/"
                        + "aws4_request, SignedHeaders=host, Signature=x",
                ], body: Array(body.utf8)))
        #expect(answer.isSuccess, "\(answer.text)")
        var fields: [String: String] = [:]
        _ = XMLPullParser.forEachLeaf(answer.body) { path, text in
            fields[path[path.count - 1]] = text
        }
        return fields
    }

    private static let mayUseS3 =
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","sqs:*"],"Resource":"*"}]}"#
    private static let mayBeAssumed =
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#

    @Test func `a user's secret is accepted, another refused, and a session's token too`() throws {
        guard let moto = try MotoServer() else { return }
        _ = try Self.iam(moto, [("Action", "CreateUser"), ("UserName", "partner")])
        _ = try Self.iam(
            moto,
            [
                ("Action", "PutUserPolicy"), ("UserName", "partner"), ("PolicyName", "p"),
                (
                    "PolicyDocument",
                    Self.mayUseS3.split(separator: "\"s3:*\"").joined(
                        separator: "\"s3:*\",\"sts:AssumeRole\"")
                ),
            ])
        let keys = try Self.iam(moto, [("Action", "CreateAccessKey"), ("UserName", "partner")])
        _ = try Self.iam(
            moto,
            [
                ("Action", "CreateRole"), ("RoleName", "night"),
                ("AssumeRolePolicyDocument", Self.mayBeAssumed),
            ])
        _ = try Self.iam(
            moto,
            [
                ("Action", "PutRolePolicy"), ("RoleName", "night"), ("PolicyName", "p"),
                ("PolicyDocument", Self.mayUseS3),
            ])
        _ = try HTTPClient().perform(
            HTTPRequest(
                "POST", moto.origin + "/moto-api/reset-auth",
                headers: ["Content-Type": "text/plain"],
                body: Array("0".utf8)))

        let user = AWSCredentials(
            accessKeyID: try #require(keys["AccessKeyId"]),
            secretAccessKey: try #require(keys["SecretAccessKey"]))
        try exercise(Self.client(moto, user), bucket: "of-the-user")

        var wrong = user
        wrong.secretAccessKey = String(user.secretAccessKey.reversed())
        let refused = #expect(throws: AWSError.self) {
            try S3(Self.client(moto, wrong)).listObjectsV2(bucket: "of-the-user", prefix: "")
        }
        #expect(refused?.httpStatus == 403 && refused?.code == "SignatureDoesNotMatch")
        let queue = #expect(throws: AWSError.self) {
            try Self.client(moto, wrong).call(.sqs, "ListQueues", [:])
        }
        #expect(queue?.httpStatus == 403)
        let unknown = AWSCredentials(accessKeyID: "AKIAUNKNOWN", secretAccessKey: "s")
        let stranger = #expect(throws: AWSError.self) {
            try S3(Self.client(moto, unknown)).listObjectsV2(bucket: "of-the-user", prefix: "")
        }
        #expect(stranger?.httpStatus == 403)

        let profile = SharedConfiguration.Profile(name: "p")
        let role = try AssumedRole(arn: "arn:aws:iam::123456789012:role/night", profile)
        let session = try role.credentials(Self.client(moto, user))
        #expect(session.sessionToken != nil && session.expiration != nil)
        try exercise(Self.client(moto, session), bucket: "of-the-role")
        var tokenless = session
        tokenless.sessionToken = "another"
        #expect(throws: AWSError.self) {
            try S3(Self.client(moto, tokenless)).listObjectsV2(bucket: "of-the-role", prefix: "")
        }
    }

    /// Requests of every shape: paths, queries, bodies and headers that are awkward to sign.
    private func exercise(_ client: AWSClient, bucket: String) throws {
        let s3 = S3(client)
        _ = try client.send(try s3.request("CreateBucket", "PUT", bucket, nil))
        for key in ["plain", "a b/ü+%2F", "x/../y", "q?a=b&c", "'(*)!~", "a//b"] {
            let object = try Array(key.utf8).withUnsafeBytes {
                try s3.putObject(bucket: bucket, key: key, bytes: $0)
            }
            let answer = try client.send(
                try s3.getObjectRequest(
                    bucket: bucket, key: key, range: 0..<key.utf8.count, ifMatch: object.eTag))
            #expect(answer.text == key)
            let listed = try s3.listObjectsV2(bucket: bucket, prefix: key).map(\.key)
            #expect(listed.contains(key))
        }
        let id = try s3.createMultipartUpload(bucket: bucket, key: "a b/parts")
        let part = try Array("abc".utf8).withUnsafeBytes {
            try s3.uploadPart(
                bucket: bucket, key: "a b/parts", uploadID: id, number: 1, bytes: $0)
        }
        let whole = try s3.completeMultipartUpload(
            bucket: bucket, key: "a b/parts", uploadID: id,
            parts: try s3.listParts(bucket: bucket, key: "a b/parts", uploadID: id))
        #expect(part.sizeBytes == 3 && whole.eTag?.hasSuffix("-1") == true)
        let queues = try client.call(.sqs, "ListQueues", ["QueueNamePrefix": "ü?&="])
        #expect(queues["QueueUrls"]?.array?.isEmpty ?? true)
    }
}
